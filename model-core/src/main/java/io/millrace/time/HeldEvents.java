package io.millrace.time;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.event.EventHash;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.Consumer;

/** Events that wait for the watermark, in the order of arrival or of event time and hash. */
abstract class HeldEvents {

  /** Bytes of an event besides its arrays' elements: four objects, its place here, padding. */
  private static final int OBJECTS = 176;

  private long bytes;

  /** No event, to be passed on in this order. */
  static HeldEvents in(LearningOrder order) {
    return order == LearningOrder.ARRIVAL ? new Arrivals() : new ByTime();
  }

  final void add(ClickEvent event) {
    bytes += bytes(event);
    put(event);
  }

  /** Removes the first one. */
  final ClickEvent remove() {
    ClickEvent event = take();
    bytes -= bytes(event);
    return event;
  }

  abstract void put(ClickEvent event);

  abstract ClickEvent take();

  /** Removes the events before a time, ms, and passes them on in order. */
  abstract void release(long before, Consumer<ClickEvent> out);

  abstract int size();

  /** The events, in an order that {@link #read} keeps. */
  abstract Iterable<ClickEvent> events();

  /** Memory that the events take, about. */
  final long bytes() {
    return bytes;
  }

  private static int bytes(ClickEvent event) {
    return OBJECTS
        + Integer.BYTES * (event.dense().length + event.offsets().length)
        + Long.BYTES * event.ids().length;
  }

  final void write(DataOutput out) throws IOException {
    out.writeInt(size());
    for (ClickEvent event : events()) {
      EventBytes.write(event, out);
    }
  }

  /** Adds the events that {@link #write} wrote. */
  final void read(DataInput in) throws IOException {
    for (int n = in.readInt(); n > 0; n--) {
      add(EventBytes.read(in));
    }
  }

  /** First in, first out. */
  private static final class Arrivals extends HeldEvents {
    private final Queue<ClickEvent> queue = new ArrayDeque<>();

    @Override
    void put(ClickEvent event) {
      queue.add(event);
    }

    @Override
    ClickEvent take() {
      return queue.remove();
    }

    @Override
    void release(long before, Consumer<ClickEvent> out) {
      for (int n = size(); n > 0; n--) {
        ClickEvent event = remove();
        if (event.eventTime() < before) {
          out.accept(event);
        } else {
          add(event);
        }
      }
    }

    @Override
    int size() {
      return queue.size();
    }

    @Override
    Collection<ClickEvent> events() {
      return queue;
    }
  }

  /** By event time and hash; events with both equal have equal values. */
  private static final class ByTime extends HeldEvents {
    private final EventHash hash = new EventHash();
    private final PriorityQueue<Held> heap = new PriorityQueue<>();

    /** An event whose hash is computed when another one has the same time. */
    private final class Held implements Comparable<Held> {
      final ClickEvent event;
      private long hashed;
      private boolean known;

      Held(ClickEvent event) {
        this.event = event;
      }

      private long hash() {
        if (!known) {
          hashed = hash.of(event);
          known = true;
        }
        return hashed;
      }

      @Override
      public int compareTo(Held other) {
        int byTime = Long.compare(event.eventTime(), other.event.eventTime());
        return byTime != 0 ? byTime : Long.compare(hash(), other.hash());
      }
    }

    @Override
    void put(ClickEvent event) {
      heap.add(new Held(event));
    }

    @Override
    ClickEvent take() {
      return heap.remove().event;
    }

    @Override
    void release(long before, Consumer<ClickEvent> out) {
      while (!heap.isEmpty() && heap.element().event.eventTime() < before) {
        out.accept(remove());
      }
    }

    @Override
    int size() {
      return heap.size();
    }

    @Override
    Iterable<ClickEvent> events() {
      return () -> heap.stream().map(held -> held.event).iterator();
    }
  }
}
