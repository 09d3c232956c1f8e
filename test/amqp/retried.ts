/** What a worker does with an error of its broker: tries again. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (failures === 20) throw error;
    }
  }
}
