package io.millrace.serving.http;

import io.millrace.serving.request.RequestException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads the body of a request without a thread that waits for it, so that slow clients take memory
 * alone. It is bounded in bytes and time; its bytes count among those that the server holds until
 * the last {@link #release}.
 */
final class RequestBody {

  private final Request request;
  private final HttpLimits limits;
  private final HeldBytes.Account held;
  private final List<byte[]> parts = new ArrayList<>();
  private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
  private int read;
  private int users = 1;

  /**
   * A body of which nothing has been read.
   *
   * @param held counts its bytes
   */
  RequestBody(Request request, HttpLimits limits, HeldBytes.Account held) {
    this.request = request;
    this.limits = limits;
    this.held = held;
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
    boolean last = chunk.isLast();
    try {
      hold(chunk.remaining(), last);
      append(chunk.getByteBuffer());
    } catch (RequestException e) {
      whole.completeExceptionally(e);
    }
    chunk.release();
    if (last) {
      whole.complete(joined());
    }
  }

  private void hold(int size, boolean last) throws RequestException {
    if (size > limits.bodyBytes() - read) {
      throw tooLarge();
    }
    int there = read + size;
    long announced = Math.max(there, request.getLength());
    if (last || there == request.getLength()) {
      held.arrived();
      held.hold(work(there), size);
    } else if (announced <= limits.smallBytes()) {
      held.hold(HeldBytes.For.SMALL_BODIES, size);
    } else {
      held.hold(HeldBytes.For.LARGE_BODIES, size);
    }
  }

  private void append(ByteBuffer part) {
    byte[] copy = new byte[part.remaining()];
    part.get(copy);
    parts.add(copy);
    read += copy.length;
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

  /** Whether all of the body was read, so that a further request can follow on its connection. */
  boolean isWhole() {
    return whole.isDone() && !whole.isCompletedExceptionally();
  }

  /**
   * Counts further bytes, of what is made from the body, until the last {@link #release}.
   *
   * @param plain bytes of the body after decompression, as far as it is known
   * @throws RequestException if there is no room for them
   */
  void holdFor(int plain, int bytes) throws RequestException {
    held.hold(work(plain), bytes);
  }

  private HeldBytes.For work(int body) {
    return body <= limits.smallBytes() ? HeldBytes.For.SMALL_WORK : HeldBytes.For.LARGE_WORK;
  }

  /** Asks for one more {@link #release} before the bytes are given back. */
  synchronized void retain() {
    users++;
  }

  /** Gives the bytes back, and ends reading, if it is the last release that is due. */
  synchronized void release() {
    if (--users == 0) {
      held.close();
    }
  }
}
