import type { FlowType } from "../gen/v1/task.js";

/**
 * The compiler's half of a workflow: whether what a task passes on is what the next one lacks. Types only. Every part of a
 * workflow carries a `~flow` (which does not exist at run time); the checks read it. Where something does not fit, the type that
 * is asked for is a sentence, so that the compiler prints that sentence at the argument which is wrong.
 */
export type Flow = readonly FlowType[];

/** What flows in and out of one task. */
export interface TaskFlow<
  Missing extends Flow = Flow,
  Gives extends Flow = Flow,
  Result = unknown,
  Immutable extends boolean = boolean,
> {
  readonly kind: "task";
  /** A function's parameter, since a task that lacks `...int64` can stand where one that lacks `int64` is wanted, not vice versa. */
  readonly missing: (passed: Missing) => void;
  readonly gives: Gives;
  readonly result: Result;
  readonly immutable: Immutable;
}

export interface GroupFlow<Members extends readonly Flowing[] = readonly Flowing[]> {
  readonly kind: "group";
  readonly members: Members;
}

/** A chain, or a chord: that is the chain of a group and its callback. */
export interface ChainFlow<First extends Flowing = Flowing, Last extends Flowing = Flowing> {
  readonly kind: "chain";
  readonly first: First;
  readonly last: Last;
}

/** A part of a workflow. */
export interface Flowing {
  readonly "~flow": { readonly kind: "task" | "group" | "chain" };
}

type FlowOf<Item> = Item extends { readonly "~flow": infer F } ? F : never;
type FirstOf<Item> = FlowOf<Item> extends ChainFlow<infer First, any> ? First : never;
type LastOf<Item> = FlowOf<Item> extends ChainFlow<any, infer Last> ? Last : never;
type MembersOf<Item> = FlowOf<Item> extends GroupFlow<infer Members> ? Members : never;
type KindOf<Item> = Item extends Flowing ? Item["~flow"]["kind"] : never;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The results of an item, whoever gets them: of a group, those of all its members in order. */
type Gives<Item> = Item extends { readonly "~flow": { readonly gives: infer G extends Flow } }
  ? G
  : KindOf<Item> extends "chain"
    ? Gives<LastOf<Item>>
    : AllGive<MembersOf<Item>>;

type AllGive<Members extends readonly unknown[]> = number extends Members["length"]
  ? Many<Gives<Members[number]>>
  : Concat<Members>;

type Concat<Members extends readonly unknown[], Sofar extends readonly unknown[] = readonly []> = Members extends readonly [
  infer First,
  ...infer Rest,
]
  ? IsAny<Gives<First>> extends true
    ? any
    : Concat<Rest, readonly [...Sofar, ...Spread<Gives<First>>]>
  : Sofar;

type Many<Each> = IsAny<Each> extends true ? any : [Each] extends [readonly (infer E)[]] ? readonly E[] : never;
type Spread<T> = T extends readonly unknown[] ? T : never;

/** Whether the item starts (ends) with several tasks side by side. */
type StartsWide<Item> = KindOf<Item> extends "group" ? true : KindOf<Item> extends "chain" ? StartsWide<FirstOf<Item>> : false;
type EndsWide<Item> = KindOf<Item> extends "group" ? true : KindOf<Item> extends "chain" ? EndsWide<LastOf<Item>> : false;

type HeadImmutable<Item> = Item extends { readonly "~flow": { readonly immutable: infer I } } ? I : HeadImmutable<FirstOf<Item>>;
type TailImmutable<Item> = Item extends { readonly "~flow": { readonly immutable: infer I } } ? I : TailImmutable<LastOf<Item>>;

/** What `Next` gets from `Before`: after a group it is the callback's own flag that counts, else that of the task before. */
type Passes<Before, Next> =
  IsAny<Gives<Before>> extends true
    ? any
    : EndsWide<Before> extends true
      ? [HeadImmutable<Next>] extends [true]
        ? readonly []
        : Gives<Before>
      : [TailImmutable<Before>] extends [true]
        ? readonly []
        : Gives<Before>;

/** Types for people: `int64, string`, `...int64`, `nothing`. */
type Show<Types extends readonly unknown[]> = Types extends readonly []
  ? "nothing"
  : Types extends readonly [infer Only extends string]
    ? Only
    : Types extends readonly [infer First extends string, ...infer Rest]
      ? `${First}, ${Show<Rest>}`
      : `...${Types[number] & string}`;

/** `never` where every task that `Item` starts with can take `Passed`, else the sentence that says why not. */
type Misfit<Passed, Item, Giver extends string, Subject extends string = "this task"> = Item extends {
  readonly "~flow": { readonly missing: (passed: infer Lacks extends Flow) => void };
}
  ? true extends IsAny<Lacks> | IsAny<Passed>
    ? never
    : Passed extends Lacks
      ? never
      : `${Subject} still lacks (${Show<Lacks>}), ${Giver} (${Show<Spread<Passed>>})`
  : KindOf<Item> extends "chain"
    ? Misfit<Passed, FirstOf<Item>, Giver, "this chain's first task">
    : Misfit<Passed, MembersOf<Item>[number], Giver, "a task of this group">;

/** The item itself where it fits behind `Before`, else the sentence. */
type Behind<Before, Item> = [EndsWide<Before>, StartsWide<Item>] extends [true, true]
  ? "a group cannot follow a group: put a task between them"
  : OrSentence<
      Item,
      Misfit<Passes<Before, Item>, Item, EndsWide<Before> extends true ? "the group before gives" : "the task before gives">
    >;

type OrSentence<Item, Sentence> = [Sentence] extends [never] ? Item : Sentence;

/** A chain's items, with a sentence in the place of each one that does not fit. */
export type ChainFit<Items extends readonly unknown[], Sofar extends readonly unknown[] = readonly []> = Items extends readonly [
  infer First,
  ...infer Rest,
]
  ? ChainFit<Rest, readonly [...Sofar, Sofar extends readonly [...any, infer Before] ? Behind<Before, First> : First]>
  : Sofar;

/** A chord's callback, or the sentence. */
export type CallbackFit<Group, Callback, Options> =
  StartsWide<Callback> extends true
    ? "a chord's callback is one task, or a chain that starts with one"
    : Options extends { readonly onFailure: "run" }
      ? OrSentence<Callback, Misfit<Many<Passes<Group, Callback>>, Callback, "the members that succeed give">>
      : OrSentence<Callback, Misfit<Passes<Group, Callback>, Callback, "the members give">>;

/** An item that is complete, or the sentence. */
export type Complete<Item> = OrSentence<Item, Misfit<readonly [], Item, "the sender gives">>;

/** The options of a signature, with a sentence in the place of a callback that does not fit. */
export type OptionsFit<Options, Known, Given, Immutable> = {
  readonly [Key in keyof Options]: Key extends "onSuccess"
    ? CallbacksFit<Options[Key], PassedOn<Options, Given, Immutable>, "it gets">
    : Key extends "onError"
      ? CallbacksFit<Options[Key], readonly ["string"], "it gets the error's text">
      : Key extends keyof Known
        ? Options[Key]
        : "there is no such option";
};

type PassedOn<Options, Given, Immutable> = (Options extends { readonly immutable: infer I } ? I : Immutable) extends true
  ? readonly []
  : Given;

type CallbacksFit<Callbacks, Passed, Before extends string> = Callbacks extends readonly unknown[]
  ? { readonly [Index in keyof Callbacks]: OrSentence<Callbacks[Index], Misfit<Passed, Callbacks[Index], Before>> }
  : OrSentence<Callbacks, Misfit<Passed, Callbacks, Before>>;

/** What waiting for an item resolves to: of a group, a tuple with the result of each member. */
export type ResultOf<Item> = Item extends { readonly "~flow": { readonly result: infer Result } }
  ? Result
  : KindOf<Item> extends "chain"
    ? ResultOf<LastOf<Item>>
    : ResultsOf<MembersOf<Item>>;

type ResultsOf<Members extends readonly unknown[]> = { readonly [Index in keyof Members]: ResultOf<Members[Index]> };

/** The last element of a tuple. */
export type Last<Items extends readonly unknown[]> = Items extends readonly [...any, infer L] ? L : never;
