/** What stands around the subjects, from the back to the front. Each layer moves with the camera by its own depth. */
export interface Scenery {
  /** Sky or back wall: hardly moves. */
  readonly back: string;
  readonly far: string;
  readonly middle: string;
  /** Ground and everything the subjects stand among. */
  readonly near: string;
  /** Dark shapes close to the camera that frame the picture. */
  readonly front: string;
  /** SVG definitions that the layers refer to. */
  readonly definitions: string;
}
