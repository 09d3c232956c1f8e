export const dispatch = "something else";
