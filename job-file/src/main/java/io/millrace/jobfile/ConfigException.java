package io.millrace.jobfile;

/** A job file that is wrong; the message holds key, rule, value and place. */
public final class ConfigException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  /** With a message that is complete. */
  public ConfigException(String message) {
    super(message);
  }
}
