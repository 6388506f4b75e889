package io.millrace.replica;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What a student and those of its replicas that run in the same process give each other as objects:
 * changes, which then do not go through the topic, and merges, of which a message has a number
 * alone. The objects are never written to after that, and hold what their bytes would; so it makes
 * no difference to what is learned which replicas are in the student's process.
 *
 * <p>A replica finds the student of its attempt by the attempt's number, in a table of this class:
 * where the two have classes of different loaders, they exchange bytes as between processes.
 *
 * <p>Thread-safe.
 */
public final class SharedMemory implements AutoCloseable {

  private static final Map<Long, SharedMemory> OPEN = new ConcurrentHashMap<>();

  /** Merges, and how many replicas have not taken them. */
  private record Shared(List<Merge> merges, AtomicInteger readers) {}

  private final long attempt;
  private final Consumer<Change> changes;
  private final Set<Integer> replicas = ConcurrentHashMap.newKeySet();
  private final Map<Long, Shared> merges = new ConcurrentHashMap<>();
  private final AtomicLong next = new AtomicLong();

  private SharedMemory(long attempt, Consumer<Change> changes) {
    this.attempt = attempt;
    this.changes = changes;
  }

  /**
   * Opens the memory of a student, before its replicas are told of the attempt.
   *
   * @param attempt a number that no earlier attempt had
   * @param changes takes the changes of replicas, on their threads
   */
  public static SharedMemory open(long attempt, Consumer<Change> changes) {
    SharedMemory memory = new SharedMemory(attempt, changes);
    OPEN.put(attempt, memory);
    return memory;
  }

  /** The memory of the student of an attempt; null if it is in another process. */
  static SharedMemory join(long attempt, int replica) {
    SharedMemory memory = OPEN.get(attempt);
    if (memory != null) {
      memory.replicas.add(replica);
    }
    return memory;
  }

  /** The replicas that have joined. */
  Set<Integer> replicas() {
    return Set.copyOf(replicas);
  }

  /** Takes the change of a replica. */
  void give(Change change) {
    changes.accept(change);
  }

  /**
   * Keeps merges until all have taken them.
   *
   * @return the number by which {@link #take} finds them
   */
  long keep(List<Merge> some, int readers) {
    long number = next.getAndIncrement();
    merges.put(number, new Shared(some, new AtomicInteger(readers)));
    return number;
  }

  /**
   * Gives merges to one of their readers.
   *
   * @throws IllegalStateException if all readers have taken them
   */
  List<Merge> take(long number) {
    Shared shared = merges.get(number);
    if (shared == null) {
      throw new IllegalStateException("merges " + number + " have been taken by all replicas");
    }
    if (shared.readers().decrementAndGet() == 0) {
      merges.remove(number);
    }
    return shared.merges();
  }

  /** The attempt is over. */
  @Override
  public void close() {
    OPEN.remove(attempt);
  }
}
