package io.millrace.serving.http;

import io.millrace.serving.request.RequestException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads the body of a request without a thread that waits for it, so that slow clients take memory
 * alone. It is bounded in bytes and time; its bytes count against the bytes that the server holds
 * until the last {@link #release}.
 */
final class RequestBody {

  private final Request request;
  private final HttpLimits limits;
  private final Semaphore free;
  private final List<byte[]> parts = new ArrayList<>();
  private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
  private int read;
  private int held;
  private int users = 1;

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
    return whole.isDone()
        ? whole
        : whole.orTimeout(limits.body().toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void more() {
    while (!whole.isDone() && users > 0) {
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
    if (read + size > limits.bodyBytes()) {
      whole.completeExceptionally(tooLarge());
    } else if (!free.tryAcquire(size)) {
      whole.completeExceptionally(tooMuchHeld());
    } else {
      append(chunk.getByteBuffer());
    }
    boolean last = chunk.isLast();
    chunk.release();
    if (last) {
      whole.complete(joined());
    }
  }

  private void append(ByteBuffer part) {
    byte[] copy = new byte[part.remaining()];
    part.get(copy);
    parts.add(copy);
    read += copy.length;
    held += copy.length;
  }

  private byte[] joined() {
    byte[] all = parts.size() == 1 ? parts.get(0) : new byte[read];
    if (parts.size() != 1) {
      ByteBuffer to = ByteBuffer.wrap(all);
      parts.forEach(to::put);
    }
    parts.clear();
    return all;
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

  /** Whether all of the body was read, so that a further request can follow on its connection. */
  boolean isWhole() {
    return whole.isDone() && !whole.isCompletedExceptionally();
  }

  /**
   * Counts further bytes, of an answer or of the body after decompression, among those held, until
   * the last {@link #release}.
   *
   * @throws RequestException if there is no room for them
   */
  synchronized void hold(int bytes) throws RequestException {
    if (users > 0) {
      if (!free.tryAcquire(bytes)) {
        throw tooMuchHeld();
      }
      held += bytes;
    }
  }

  /** Asks for one more {@link #release} before the bytes are given back. */
  synchronized void retain() {
    users++;
  }

  /** Gives the bytes back, and ends reading, if it is the last release that is due. */
  synchronized void release() {
    if (--users == 0) {
      free.release(held);
    }
  }
}
