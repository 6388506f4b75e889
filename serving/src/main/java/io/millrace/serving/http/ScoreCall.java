package io.millrace.serving.http;

import io.millrace.serving.request.BinaryCandidates;
import io.millrace.serving.request.RequestException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/**
 * How a request wants events to be scored, by its path, query and headers.
 *
 * @param v1 whether it is a request with candidates, not one of {@code /score}
 * @param arm name of the arm; null for the preferred one
 * @param strict whether events with missing columns or unknown keys are faults
 * @param binary whether the events are in the binary form
 * @param floats whether the answer shall be float32 alone
 * @param gzip whether the body is compressed
 */
record ScoreCall(
    boolean v1, String arm, boolean strict, boolean binary, boolean floats, boolean gzip) {

  /**
   * Reads a request's head.
   *
   * @param parts what varies in its path
   * @throws RequestException if it asks for something else
   */
  static ScoreCall of(Exchange exchange, Route route, List<String> parts) throws RequestException {
    boolean v1 = route != Route.SCORE;
    String type = plain(exchange.header(HttpHeader.CONTENT_TYPE));
    boolean binary = type.equals(BinaryCandidates.TYPE);
    if (binary && !v1) {
      throw new RequestException(415, "/score accepts JSON; send binary events to /v1/score");
    }
    Fields query = query(exchange.request(), known(route));
    String named = query.getValue("arm");
    return new ScoreCall(
        v1,
        parts.isEmpty() ? named : parts.get(0),
        strict(query.getValue("missing")),
        binary,
        v1 && plain(exchange.header(HttpHeader.ACCEPT)).equals(ScoreAnswer.FLOATS),
        gzip(exchange.header(HttpHeader.CONTENT_ENCODING)));
  }

  /**
   * The query of a request.
   *
   * @param known names that it may have
   * @throws RequestException if it has others, or cannot be read
   */
  static Fields query(Request request, Set<String> known) throws RequestException {
    Fields query;
    try {
      query = Request.extractQueryParameters(request);
    } catch (RuntimeException e) {
      throw new RequestException(400, "the query cannot be read: " + e.getMessage());
    }
    for (String name : query.getNames()) {
      if (!known.contains(name)) {
        throw new RequestException(400, "a query may have " + known + " but has '" + name + "'");
      }
    }
    return query;
  }

  private static Set<String> known(Route route) {
    return switch (route) {
      case SCORE -> Set.of("arm");
      case SCORE_ARM -> Set.of("missing");
      default -> new TreeSet<>(Set.of("arm", "missing"));
    };
  }

  private static boolean strict(String missing) throws RequestException {
    if (missing != null && !missing.equals("allow")) {
      throw new RequestException(400, "missing must be allow, or left out, but was " + missing);
    }
    return missing == null;
  }

  private static boolean gzip(String coding) throws RequestException {
    if (coding == null || coding.equalsIgnoreCase("identity")) {
      return false;
    }
    if (coding.equalsIgnoreCase("gzip")) {
      return true;
    }
    throw new RequestException(415, "Content-Encoding must be gzip or left out but was " + coding);
  }

  /** A media type without its parameters. */
  private static String plain(String type) {
    return type == null ? "" : type.replaceFirst(";.*", "").strip();
  }
}
