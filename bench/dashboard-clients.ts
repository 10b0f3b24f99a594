/**
 * Open pages for the benchmark, in a process of their own: `URL COUNT`. Writes `open` when all have their snapshot, and,
 * when its input ends, how many events they got after that.
 */
const [url, count] = process.argv.slice(2) as [string, string];

let events = 0;
let opened = 0;

async function read(): Promise<void> {
  const { body } = await fetch(url);
  for await (const chunk of body!) {
    for (const [, name] of Buffer.from(chunk)
      .toString('latin1')
      .matchAll(/^event: (\w+)$/gm)) {
      if (name === 'snapshot') opened++;
      else events++;
      if (name === 'snapshot' && opened === Number(count)) process.stdout.write('open\n');
    }
  }
}

const pages = Array.from({ length: Number(count) }, () => read());
process.stdin.resume();
process.stdin.on('end', () => {
  process.stdout.write(`${events}\n`, () => process.exit());
});
await Promise.all(pages);
