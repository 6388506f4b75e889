package io.millrace.serving;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads the body of a request without a thread that waits for it, so that slow clients take memory
 * alone. It is bounded in bytes and time; its bytes count against the bytes that the server holds
 * until {@link #release}.
 */
final class RequestBody {

  private final Request request;
  private final HttpLimits limits;
  private final Semaphore free;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
  private int answerBytes;
  private boolean released;

  /**
   * A body of which nothing has been read.
   *
   * @param free bytes that the server may still hold
   */
  RequestBody(Request request, HttpLimits limits, Semaphore free) {
    this.request = request;
    this.limits = limits;
    this.free = free;
  }

  /**
   * Starts to read.
   *
   * @return the body; or {@link TimeoutException} if it does not come in time, {@link
   *     RequestException} if it is too large, or what has broken the connection
   */
  CompletableFuture<byte[]> read() {
    if (request.getLength() > limits.bodyBytes()) {
      whole.completeExceptionally(tooLarge());
    } else {
      more();
    }
    return whole.orTimeout(limits.body().toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void more() {
    while (!whole.isDone() && !released) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(this::more);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        whole.completeExceptionally(chunk.getFailure());
        return;
      }
      take(chunk);
    }
  }

  private void take(Content.Chunk chunk) {
    int size = chunk.remaining();
    if (bytes.size() + size > limits.bodyBytes()) {
      whole.completeExceptionally(tooLarge());
    } else if (!free.tryAcquire(size)) {
      whole.completeExceptionally(tooMuchHeld());
    } else {
      append(chunk.getByteBuffer());
    }
    boolean last = chunk.isLast();
    chunk.release();
    if (last) {
      whole.complete(bytes.toByteArray());
    }
  }

  private void append(ByteBuffer part) {
    byte[] copy = new byte[part.remaining()];
    part.get(copy);
    bytes.writeBytes(copy);
  }

  private RequestException tooLarge() {
    return new RequestException(
        413, "a request must have at most " + limits.bodyBytes() + " bytes");
  }

  private RequestException tooMuchHeld() {
    return new RequestException(
        503,
        "the requests in progress hold "
            + limits.heldBytes()
            + " bytes, the most that they may; try again");
  }

  /**
   * Counts an answer among the bytes held, until {@link #release}.
   *
   * @throws RequestException if there is no room for it
   */
  synchronized void hold(byte[] answer) throws RequestException {
    if (!released) {
      if (!free.tryAcquire(answer.length)) {
        throw tooMuchHeld();
      }
      answerBytes = answer.length;
    }
  }

  /** Gives the bytes back; nothing is read any more. Call it once the answer is written. */
  synchronized void release() {
    if (!released) {
      released = true;
      free.release(bytes.size() + answerBytes);
    }
  }
}
