/** Why there is no login at the brokers. Thrown into kafkajs, which must not try again by itself: accounts get locked. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  /** Read by kafkajs. Whether our own loops try again is `mayPass`. */
  readonly retriable = false;
  /** To follow "Kafka at x:9092". */
  readonly what: string;
  readonly remedy: string;
  /** This process was logged in before, or the trouble is elsewhere: it may be mended while we wait. */
  readonly mayPass: boolean;

  constructor(what: string, remedy: string, { mayPass }: { mayPass: boolean }) {
    super(what);
    this.what = what;
    this.remedy = remedy;
    this.mayPass = mayPass;
  }
}
