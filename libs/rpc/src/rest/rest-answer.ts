// What a REST handler gives back.

export interface RestAnswer {
  readonly json: string;
  readonly headers?: Readonly<Record<string, string>>;
}
