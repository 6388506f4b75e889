package io.millrace.serving.http;

import io.millrace.event.EventLimits;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Settings of a {@link ScoringServer}.
 *
 * @param address address to listen on; port 0 takes any free one
 * @param threads threads that score, at least 1
 * @param events bounds on an event
 * @param maxAge longest time since the event time of the newest event that a model has learned
 *     from, for the server to be ready; empty for any
 * @param tokens who may do what
 * @param tls certificate and key; empty for plain HTTP
 * @param accessLog file for a line for each request
 * @param sampleLog file for a sample of the scored requests
 */
public record ServerOptions(
    InetSocketAddress address,
    int threads,
    EventLimits events,
    Optional<Duration> maxAge,
    Tokens tokens,
    Optional<Tls> tls,
    Optional<Path> accessLog,
    Optional<Samples> sampleLog) {

  /**
   * A certificate with its key.
   *
   * @param keystore a PKCS #12 file
   * @param password of the file
   */
  public record Tls(Path keystore, String password) {
    /** Says which file, never the password. */
    @Override
    public String toString() {
      return "Tls[" + keystore + "]";
    }
  }

  /**
   * A sampled log of scored requests.
   *
   * @param file the file
   * @param rate share of requests, in (0, 1]
   * @param bytes size from which on the file is renamed and a new one begun, at least 1
   * @param files files to keep, the newest included, at least 1
   */
  public record Samples(Path file, double rate, long bytes, int files) {
    public Samples {
      if (!(rate > 0 && rate <= 1)) {
        throw new IllegalArgumentException("the rate of samples must be in (0, 1] but was " + rate);
      }
      if (bytes < 1 || files < 1) {
        throw new IllegalArgumentException(
            "a log of samples must have at least 1 file of 1 byte but was "
                + files
                + " of "
                + bytes);
      }
    }
  }

  public ServerOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be >= 1 but was " + threads);
    }
  }

  /** Without logs, TLS, tokens, and bounds on age. */
  public static ServerOptions of(InetAddress address, int port, int threads, EventLimits events) {
    return new ServerOptions(
        new InetSocketAddress(address, port),
        threads,
        events,
        Optional.empty(),
        Tokens.NONE,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
