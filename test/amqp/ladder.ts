import type { Channel } from "amqplib";

/** Deletes what an exchange's delayed messages have waited in. */
export async function deleteLadder(channel: Channel, exchange: string): Promise<void> {
  await channel.deleteExchange(`${exchange}.delay.out`);
  for (let step = 0; step < 31; step++) {
    const name = `${exchange}.delay.${String(step).padStart(2, "0")}`;
    await channel.deleteQueue(name);
    await channel.deleteExchange(name);
  }
}
