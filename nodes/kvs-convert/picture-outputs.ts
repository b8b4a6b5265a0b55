/** What the pictures of kvs-convert need of their node. */
import type { Converted, Problem } from '../../src/convert';
import type { ConvertMessage, ConvertSend, ImageDescription } from './convert-messages';

export interface PictureOutputs {
  media(msg: ConvertMessage, picture: Converted, send: ConvertSend, image: ImageDescription): void;
  problem(msg: ConvertMessage, problem: Problem, send: ConvertSend): void;
}
