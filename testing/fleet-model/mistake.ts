/** A mistake that members make on purpose, to see that the model notices. */
export type Mistake = 'the guard never closes' | 'the guard counts from the last attempt';
