package io.millrace.flink.operator;

import it.unimi.dsi.fastutil.ints.Int2ObjectMap;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;

/** Sub-windows whose maps are due, by field. The maps of a field are built one after another. */
final class BuildQueues {

  private final Int2ObjectMap<ArrayDeque<Long>> waiting = new Int2ObjectOpenHashMap<>();
  private final IntOpenHashSet running = new IntOpenHashSet();

  void add(int field, long subWindow) {
    queue(field).add(subWindow);
  }

  /** Starts the next build of a field; empty if one is running or none waits. */
  OptionalLong start(int field) {
    if (queue(field).isEmpty() || !running.add(field)) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(queue(field).remove());
  }

  /** Ends the build of a field; returns the sub-windows that still wait. */
  List<Long> done(int field) {
    running.remove(field);
    return List.copyOf(queue(field));
  }

  /** Builds that wait or run. */
  int pending() {
    return running.size() + waiting.values().stream().mapToInt(ArrayDeque::size).sum();
  }

  private ArrayDeque<Long> queue(int field) {
    return waiting.computeIfAbsent(field, f -> new ArrayDeque<>());
  }
}
