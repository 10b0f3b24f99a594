/** Asks the API under `/api/v1`. */
import { setNow } from './clock.js';

export const API = '/api/v1';

/** A sentence for people. */
export class ApiProblem extends Error {
  /**
   * @param {number} status 0: no answer came
   * @param {string} sentence
   */
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/**
 * @param {string} path after `/api/v1`
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>}
 */
export function get(path, signal) {
  return ask(path, signal === undefined ? {} : { signal });
}

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
export function post(path, body, signal) {
  const headers = { 'content-type': 'application/json' };
  return ask(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function ask(path, init) {
  const response = await reached(fetch(`${API}${path}`, init));
  if (response.status === 401) {
    // The server leads to the form, and back here afterwards.
    location.reload();
    throw new ApiProblem(401, 'You are signed out.');
  }
  if (response.ok) return timed(await reached(response.json()));
  throw new ApiProblem(response.status, await sentenceOf(response));
}

/**
 * A connection may also break in the middle of an answer.
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T>}
 */
async function reached(answer) {
  try {
    return await answer;
  } catch (error) {
    if (isAborted(error)) throw error;
    throw new ApiProblem(0, 'The service does not answer. This is tried again as soon as the connection is back.');
  }
}

/**
 * Answers that hold times say what the service's time is.
 * @param {unknown} answer
 */
function timed(answer) {
  if (answer instanceof Object && 'now' in answer && typeof answer.now === 'string') setNow(answer.now);
  return answer;
}

/** @param {Response} response */
async function sentenceOf(response) {
  const answer = await response.text();
  try {
    return sentence(JSON.parse(answer).error);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    return `The service answered with status ${response.status}.`;
  }
}

/** @param {string} text */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** @param {unknown} error */
export function isAborted(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}
