import type { Socket } from 'node:net';

import { SIMULATOR_HEADER, SIMULATOR_NAME } from '../simulator-name.js';

/** Answers what is no HTTP at all; this answer, too, says where it comes from. */
export function answerBrokenRequests(_error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const answer = `HTTP/1.1 400 Bad Request\r\n${SIMULATOR_HEADER}: ${SIMULATOR_NAME}\r\nconnection: close\r\n\r\n`;
  socket.end(answer, () => socket.destroy());
}
