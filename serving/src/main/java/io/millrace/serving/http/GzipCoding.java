package io.millrace.serving.http;

import io.millrace.serving.request.RequestException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The content coding {@code gzip}: of requests, within a bound, and of answers. */
final class GzipCoding {

  /** Answers below this size stay as they are, bytes: they fit into a packet or two. */
  static final int LEAST = 1_024;

  private GzipCoding() {}

  /**
   * Decompresses a body.
   *
   * @param most most bytes after decompression
   * @param holder counts them as they come
   * @throws RequestException if it is no gzip, or too large
   */
  static byte[] inflate(byte[] body, int most, HeldOutput.Holder holder) throws RequestException {
    String rule = "a request must have at most " + most + " bytes after decompression";
    HeldOutput plain = new HeldOutput(most, rule, holder);
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      in.transferTo(plain);
      return plain.toByteArray();
    } catch (IOException e) {
      if (e.getCause() instanceof RequestException refused) {
        throw refused;
      }
      throw new RequestException(400, "the body must be gzip, as Content-Encoding says: " + e);
    }
  }

  /** Compresses an answer. */
  static byte[] deflate(byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length / 2);
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
    return out.toByteArray();
  }

  /** Whether a header {@code Accept-Encoding} accepts gzip: it names it, and not with weight 0. */
  static boolean accepted(String header) {
    if (header == null) {
      return false;
    }
    for (String coding : header.split(",")) {
      String[] parts = coding.strip().split("\\s*;\\s*", 2);
      if (parts[0].equalsIgnoreCase("gzip")) {
        return parts.length == 1 || !parts[1].matches("q\\s*=\\s*0(\\.0*)?");
      }
    }
    return false;
  }
}
