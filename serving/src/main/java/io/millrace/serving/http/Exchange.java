package io.millrace.serving.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A request and the one answer to it, which is counted and timed when it is ready. */
final class Exchange {

  private static final HttpField VARY = new HttpField(HttpHeader.VARY, "Accept-Encoding");

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final ServingMetrics metrics;
  private final Connections connections;
  private String path = "other";

  Exchange(
      Request request,
      Response response,
      Callback callback,
      ServingMetrics metrics,
      Connections connections) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.metrics = metrics;
    this.connections = connections;
  }

  /** Sets the path by which the request is counted; {@code other} until then. */
  void countAs(Route route) {
    path = route.template();
  }

  Request request() {
    return request;
  }

  /** A header of the request, or null. */
  String header(HttpHeader name) {
    return request.getHeaders().get(name);
  }

  /** Answers. */
  void reply(Reply reply) {
    reply(reply, Callback.NOOP);
  }

  /**
   * Answers.
   *
   * @param done called when the answer is written, or the client has gone
   */
  void reply(Reply reply, Callback done) {
    byte[] body = reply.body();
    response.setStatus(reply.status());
    reply.headers().forEach(response.getHeaders()::put);
    if (!reply.type().isEmpty()) {
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.type());
    }
    if (body.length >= GzipCoding.LEAST) {
      response.getHeaders().add(VARY);
      if (GzipCoding.accepted(header(HttpHeader.ACCEPT_ENCODING))) {
        body = GzipCoding.deflate(body);
        response.getHeaders().put(HttpHeader.CONTENT_ENCODING, "gzip");
      }
    }
    boolean head = request.getMethod().equals("HEAD");
    if (reply.status() != 204) {
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    }
    ByteBuffer sent = head ? ByteBuffer.allocate(0) : ByteBuffer.wrap(body);
    metrics.request(path, reply.status(), System.nanoTime() - request.getBeginNanoTime());
    connections.answers(request, sent.remaining());
    response.write(true, sent, Callback.from(callback, done::succeeded));
  }

  /** Ends the exchange without an answer: the client has gone, or it does not speak HTTP. */
  void fail(Throwable cause) {
    callback.failed(cause);
  }
}
