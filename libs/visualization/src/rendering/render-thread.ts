import { parentPort } from 'node:worker_threads';
import { PdfRenderer } from '../pdf/render-pdf.js';
import { runRenderJob, type RenderAnswer, type RenderJob } from './render-job.js';

/** Started by `ThreadedDocumentRenderer`; one job after the other, with the fonts kept between them. */
const pdf = new PdfRenderer();

parentPort?.on('message', (job: RenderJob) => {
  void answer(job).then((said) => parentPort?.postMessage(said));
});

async function answer(job: RenderJob): Promise<RenderAnswer> {
  try {
    return { bytes: await runRenderJob(job, pdf) };
  } catch (error) {
    const { name, stack = '' } = error instanceof Error ? error : new Error('unknown');
    return { failure: name, trace: stack.split('\n').filter((line) => /^\s+at /.test(line)) };
  }
}
