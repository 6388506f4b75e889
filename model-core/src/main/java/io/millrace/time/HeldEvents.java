package io.millrace.time;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.event.EventHash;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Events that wait for the watermark, in the order of arrival or of event time and hash. */
abstract class HeldEvents {

  /** Bytes of an event besides its arrays' elements: four objects, its place here, padding. */
  private static final int OBJECTS = 176;

  private long bytes;
  private long newest = Long.MIN_VALUE;

  /** No event, to be passed on in this order. */
  static HeldEvents in(LearningOrder order) {
    return order == LearningOrder.ARRIVAL ? new Arrivals() : new ByTime();
  }

  /** Adds an event on time. */
  final void add(ClickEvent event) {
    newest = Math.max(newest, event.eventTime());
    bytes += bytes(event);
    put(event);
  }

  /**
   * Adds a late event, in the order of event time only.
   *
   * @param turn the event is passed on before those on time from this time on, ms; not before that
   *     of the late event before
   */
  final void addLate(ClickEvent event, long turn) {
    bytes += bytes(event);
    putLate(event, turn);
  }

  /** Removes the first one; returns the step of learning it. */
  final Step remove() {
    Step step = take();
    bytes -= bytes(step.event());
    return step;
  }

  abstract void put(ClickEvent event);

  abstract void putLate(ClickEvent event, long turn);

  abstract Step take();

  /**
   * Removes the events before a time, and passes them on in order.
   *
   * @param before of events that stay, ms
   * @param lateToo whether late events whose turn is {@code before} are removed too
   */
  abstract void release(long before, boolean lateToo, Consumer<Step> out);

  abstract int size();

  /** Memory that the events take, about. */
  final long bytes() {
    return bytes;
  }

  /** Largest time of the events on time that were added, ms; {@link Long#MIN_VALUE} before one. */
  final long newest() {
    return newest;
  }

  private static int bytes(ClickEvent event) {
    return OBJECTS
        + Integer.BYTES * (event.dense().length + event.offsets().length)
        + Long.BYTES * event.ids().length;
  }

  /**
   * What is held now; a copy of references, which are to be written in an order that adding keeps.
   */
  abstract Sequencer.Moment now();

  /** Adds all events, as {@code moved} returns them, to another one of the same order. */
  abstract void addTo(HeldEvents other, UnaryOperator<ClickEvent> moved);

  /** Writes events on time. */
  static void write(ClickEvent[] events, DataOutput out) throws IOException {
    out.writeInt(events.length);
    for (ClickEvent event : events) {
      EventBytes.write(event, out);
    }
  }

  /**
   * Adds the events that {@link #now} has written: {@code i32 on time | each event | i32 late |
   * each i64 turn, event}.
   *
   * @param withLate false for an earlier version, which ended before the late events
   */
  final void read(DataInput in, boolean withLate) throws IOException {
    for (int n = in.readInt(); n > 0; n--) {
      add(EventBytes.read(in));
    }
    for (int n = withLate ? in.readInt() : 0; n > 0; n--) {
      long turn = in.readLong();
      addLate(EventBytes.read(in), turn);
    }
  }

  /** First in, first out; late events are not held. */
  private static final class Arrivals extends HeldEvents {
    private final Queue<ClickEvent> queue = new ArrayDeque<>();

    @Override
    void put(ClickEvent event) {
      queue.add(event);
    }

    @Override
    void addTo(HeldEvents other, UnaryOperator<ClickEvent> moved) {
      queue.forEach(event -> other.add(moved.apply(event)));
    }

    @Override
    void putLate(ClickEvent event, long turn) {
      throw new UnsupportedOperationException("late events are not held by arrival");
    }

    @Override
    Step take() {
      return Step.learn(queue.remove(), true);
    }

    @Override
    void release(long before, boolean lateToo, Consumer<Step> out) {
      for (int n = size(); n > 0; n--) {
        if (queue.element().eventTime() < before) {
          out.accept(remove());
        } else {
          queue.add(queue.remove());
        }
      }
    }

    @Override
    int size() {
      return queue.size();
    }

    @Override
    Sequencer.Moment now() {
      ClickEvent[] events = queue.toArray(ClickEvent[]::new);
      return out -> {
        write(events, out);
        out.writeInt(0);
      };
    }
  }

  /**
   * By event time and hash; events with both equal have equal values. Late events are in the order
   * of arrival.
   */
  private static final class ByTime extends HeldEvents {
    private final EventHash hash = new EventHash();
    private final PriorityQueue<Held> heap = new PriorityQueue<>();
    private final Queue<Late> late = new ArrayDeque<>();

    private record Late(ClickEvent event, long turn) {}

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
    void addTo(HeldEvents other, UnaryOperator<ClickEvent> moved) {
      heap.forEach(each -> other.add(moved.apply(each.event)));
      late.forEach(each -> other.addLate(moved.apply(each.event), each.turn));
    }

    @Override
    void putLate(ClickEvent event, long turn) {
      late.add(new Late(event, turn));
    }

    /** Time of the first event on time. */
    private long first() {
      return heap.isEmpty() ? Long.MAX_VALUE : heap.element().event.eventTime();
    }

    private boolean lateIsFirst() {
      return !late.isEmpty() && late.element().turn <= first();
    }

    @Override
    Step take() {
      return lateIsFirst()
          ? Step.learn(late.remove().event, false)
          : Step.learn(heap.remove().event, true);
    }

    @Override
    void release(long before, boolean lateToo, Consumer<Step> out) {
      while (isDue(before, lateToo)) {
        out.accept(remove());
      }
    }

    private boolean isDue(long before, boolean lateToo) {
      if (!lateIsFirst()) {
        return !heap.isEmpty() && first() < before;
      }
      long turn = late.element().turn;
      return turn < before || lateToo && turn == before;
    }

    @Override
    int size() {
      return heap.size() + late.size();
    }

    @Override
    Sequencer.Moment now() {
      Held[] held = heap.toArray(Held[]::new);
      Late[] lateNow = late.toArray(Late[]::new);
      return out -> {
        write(Arrays.stream(held).map(each -> each.event).toArray(ClickEvent[]::new), out);
        out.writeInt(lateNow.length);
        for (Late each : lateNow) {
          out.writeLong(each.turn);
          EventBytes.write(each.event, out);
        }
      };
    }
  }
}
