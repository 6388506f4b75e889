package io.millrace.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.Reject;
import io.millrace.event.Warning;
import io.millrace.event.WindowSpec;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws of the clock of a partition; an item is the position of its event in the stream. */
class JumpGuardTest {

  private static final long WINDOW = 100;
  private static final long MAX_JUMP = 2 * WINDOW;
  private static final long FAR = 1_000_000;
  private static final WindowSpec WINDOWS = WindowSpec.tumbling(WINDOW);

  private final List<Integer> passed = new ArrayList<>();
  private final List<Integer> rejected = new ArrayList<>();
  private final List<Long> warned = new ArrayList<>();
  private final List<String> messages = new ArrayList<>();
  private JumpGuard<Integer> guard = guard(MAX_JUMP);

  private JumpGuard<Integer> guard(long maxJump) {
    return new JumpGuard<>(
        WINDOWS,
        maxJump,
        "ts",
        "partition 3",
        new JumpGuard.Listener<>() {
          @Override
          public void pass(Integer item) {
            passed.add(item);
          }

          @Override
          public void reject(Integer item, Reject reject) {
            assertThat(reject.reason().key()).isEqualTo("time_ahead_of_stream");
            rejected.add(item);
            messages.add(reject.message());
          }

          @Override
          public void warn(Warning warning) {
            assertThat(warning.kind()).isEqualTo(Warning.Kind.TIME_AHEAD);
            assertThat(warning.place()).isEqualTo("partition 3");
            warned.add(warning.count());
            messages.add(warning.message());
          }
        });
  }

  private void offer(long... times) {
    for (int i = 0; i < times.length; i++) {
      guard.offer(i, times[i]);
    }
  }

  /** {@code n} times from {@code start} on, {@code step} apart. */
  private static long[] steps(long start, int n, long step) {
    return LongStream.range(0, n).map(i -> start + i * step).toArray();
  }

  private static long[] join(long[]... parts) {
    return LongStream.range(0, parts.length).flatMap(i -> LongStream.of(parts[(int) i])).toArray();
  }

  private static List<Integer> join(List<Integer> first, List<Integer> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static List<Integer> numbers(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  // Law: a stream in order without jumps passes unchanged, and after the first twenty at once.
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 30, MAX_JUMP})
  void aStreamWithoutJumpsPasses(long step) {
    offer(steps(7, 500, step));
    assertThat(passed).isEqualTo(numbers(0, 500));
    guard.finish();
    assertThat(passed).hasSize(500);
    assertThat(rejected).isEmpty();
  }

  // Law: one event far ahead changes nothing for all others, wherever it is, and is rejected once.
  @Test
  void oneEventDoesNotMoveTheClock() {
    long[] times = steps(0, 400, 5);
    for (int at = 0; at < times.length; at++) {
      passed.clear();
      rejected.clear();
      guard = guard(MAX_JUMP);
      long[] stream = times.clone();
      stream[at] += FAR;
      offer(stream);
      guard.finish();
      List<Integer> others = new ArrayList<>(numbers(0, 400));
      others.remove(at);
      assertThat(passed).isEqualTo(others);
      assertThat(rejected).containsExactly(at);
    }
    assertThat(messages.get(0))
        .matches(
            "ts must be at most 200 ms \\(limits.max_jump\\) after 1970-01-01T00:00:0[0-9.]+Z, the"
                + " newest event time of its partition, but was 1970-01-01T00:16:40Z, and too few"
                + " events came near it; if it is right, raise limits.max_jump");
  }

  // Law: it is rejected as soon as the clock has moved on by max_jump, not only at the end.
  @Test
  void theStreamContinuesWithoutIt() {
    offer(join(steps(0, 30, 10), new long[] {FAR}, steps(300, 20, 10)));
    assertThat(rejected).isEmpty();
    assertThat(passed).hasSize(50);
    guard.offer(51, 290 + MAX_JUMP);
    assertThat(rejected).isEmpty();
    guard.offer(52, 291 + MAX_JUMP);
    assertThat(rejected).containsExactly(30);
    assertThat(guard.held()).isZero();
    guard.offer(53, 600);
    guard.offer(54, 700);
    assertThat(warned).containsExactly(1L);
    assertThat(messages)
        .last()
        .isEqualTo(
            "1 event of partition 3 rejected as time_ahead_of_stream: more than 200 ms"
                + " (limits.max_jump) ahead of all others, the first at 1970-01-01T00:16:40Z;"
                + " correct their time, or raise limits.max_jump");
  }

  // Law: warnings count every event that is rejected, once a window and at the end.
  @Test
  void warningsCountRejects() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      clear();
      for (long time : hostile(seed)) {
        guard = restored(guard(MAX_JUMP));
        guard.offer(0, time);
      }
      guard.finish();
      assertThat(warned.stream().mapToLong(n -> n).sum()).isEqualTo(rejected.size());
    }
  }

  // Law: a gap passes once an event and twenty more lie behind it, in their order.
  @Test
  void aGapPasses() {
    long[] times = join(steps(0, 50, 10), steps(FAR, 21, 10));
    guard = guard(MAX_JUMP);
    offer(times);
    assertThat(passed).isEqualTo(numbers(0, 71));
    guard.offer(71, FAR + 205);
    assertThat(passed).hasSize(72);
    guard.offer(72, 2 * FAR);
    assertThat(guard.held()).isEqualTo(1);
  }

  @Test
  void aGapWaitsForTwentyMore() {
    offer(join(steps(0, 50, 10), steps(FAR, 20, 10)));
    assertThat(passed).isEqualTo(numbers(0, 50));
    assertThat(guard.held()).isEqualTo(20);
    assertThat(guard.waiting().message())
        .isEqualTo(
            "events of partition 3 wait, 20 of them now, as they are more than 200 ms"
                + " (limits.max_jump) ahead of 1970-01-01T00:00:00.490Z, the first at"
                + " 1970-01-01T00:16:40Z; they pass once 21 are near each other; if such gaps are"
                + " normal, raise limits.max_jump");
  }

  // Law: events at the old clock pass meanwhile.
  @Test
  void theOldClockContinuesMeanwhile() {
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      times.add(500L + i);
      times.add(FAR + i);
    }
    offer(join(steps(0, 50, 10), times.stream().mapToLong(Long::longValue).toArray()));
    assertThat(passed).hasSize(130);
    assertThat(passed.subList(50, 60)).isEqualTo(List.of(50, 52, 54, 56, 58, 60, 62, 64, 66, 68));
    assertThat(passed.subList(70, 92))
        .isEqualTo(
            List.of(
                90, 51, 53, 55, 57, 59, 61, 63, 65, 67, 69, 71, 73, 75, 77, 79, 81, 83, 85, 87, 89,
                91));
  }

  // Law: where the last window had more than 2,000 events, 1 % of them must follow.
  @Test
  void oneInAHundredMustFollow() {
    offer(join(steps(0, 20, 0), LongStream.range(0, 5000).map(i -> i / 51).toArray()));
    for (int i = 0; i <= 50; i++) {
      assertThat(guard.held()).isEqualTo(i);
      guard.offer(6000 + i, FAR + i);
    }
    assertThat(guard.held()).isZero();
  }

  // Law: events set aside that are far from each other do not support each other.
  @Test
  void runsAreApart() {
    long[] scattered = LongStream.range(0, 40).map(i -> FAR * (i % 4 + 1) + i).toArray();
    for (int i = 0; i < 40; i++) {
      guard.offer(i, i);
    }
    for (int i = 0; i < 40; i++) {
      guard.offer(40 + 2 * i, scattered[i]);
      guard.offer(41 + 2 * i, 40 + i);
    }
    assertThat(passed).hasSize(80);
    assertThat(guard.held()).isEqualTo(40);
  }

  // Law: if nothing comes at the old clock any more, the clock starts anew, however scattered.
  @Test
  void aStreamOfJumpsPasses() {
    int n = 200;
    offer(steps(0, n, 3 * WINDOW));
    guard.finish();
    assertThat(passed).isEqualTo(numbers(0, n - 1));
    assertThat(rejected).containsExactly(n - 1);
  }

  // Law: sorted events that are all far from each other pass, at most the last does not.
  @Test
  void aSparseLogKeepsItsEnd() {
    for (int n = 1; n < 130; n++) {
      clear();
      offer(steps(0, n, 3 * WINDOW));
      guard.finish();
      assertThat(passed).hasSizeGreaterThanOrEqualTo(n - 1).isEqualTo(numbers(0, passed.size()));
      assertThat(passed.size() + rejected.size()).isEqualTo(n);
    }
  }

  // Law: events that are far ahead, and after which others passed, are rejected at the end.
  @Test
  void outliersOfADenseStreamAreRejectedAtTheEnd() {
    offer(join(steps(0, 50, 1), new long[] {FAR, 50, 3 * FAR, 51, 2 * FAR, 52}));
    guard.finish();
    assertThat(passed).isEqualTo(join(numbers(0, 50), List.of(51, 53, 55)));
    assertThat(rejected).containsExactly(50, 52, 54);
  }

  // Law: of two events far ahead of a stream, and of each other, one at most passes.
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void twoOutliersDoNotBothPass(int between) {
    offer(join(steps(0, 50, 1), new long[] {FAR}, steps(50, between, 1), new long[] {2 * FAR}));
    guard.finish();
    assertThat(rejected).contains(51 + between).hasSize(1 + between);
  }

  // Law: a few old events in a stream after a gap do not keep it out, however many events a window
  // had.
  @Test
  void aGapPassesThoughStragglersCome() {
    for (int i = 0; i < 500_000; i++) {
      guard.offer(-1, i / 5000);
    }
    int n = 20_000;
    for (int i = 0; i < n; i++) {
      guard.offer(i, i % 1000 == 999 ? 99 : FAR + i / 5000);
    }
    assertThat(rejected).isEmpty();
    assertThat(guard.held()).isZero();
    assertThat(passed).hasSize(500_000 + n);
  }

  // Law: when the caller finds that nothing passes any more, all events that wait pass step by
  // step, but never one that is alone.
  @Test
  void theClockStartsAnewWhenNothingPasses() {
    offer(join(steps(0, 50, 1), steps(FAR, 10, FAR)));
    assertThat(guard.inARow()).isEqualTo(10);
    assertThat(guard.startAnew()).isTrue();
    assertThat(passed).isEqualTo(numbers(0, 55));
    while (guard.startAnew()) {}
    assertThat(passed).isEqualTo(numbers(0, 59));
    assertThat(guard.held()).isEqualTo(1);
    guard.offer(60, 60);
    guard.offer(61, 20 * FAR);
    assertThat(guard.startAnew()).isFalse();
    assertThat(rejected).isEmpty();
  }

  // Law: the first events wait for start().
  @Test
  void aClockThatHasNotStartedDoesNotStartAnew() {
    offer(1, 2, 3);
    assertThat(guard.startAnew()).isFalse();
    assertThat(passed).isEmpty();
  }

  // Law: at the end a run of two passes, one event alone does not.
  @Test
  void theEndOfTheInput() {
    offer(join(steps(0, 50, 10), new long[] {FAR, 2 * FAR, 3 * FAR, 2 * FAR + 1}));
    guard.finish();
    assertThat(passed).endsWith(49, 50, 51, 53).hasSize(53);
    assertThat(rejected).containsExactly(52);
    assertThat(guard.held()).isZero();
  }

  @Test
  void aShortInputStartsFromTheMedianOfWhatIsThere() {
    offer(5, FAR, 3, 1);
    assertThat(passed).isEmpty();
    guard.finish();
    assertThat(passed).containsExactly(0, 2, 3);
    assertThat(rejected).containsExactly(1);
  }

  // Law: the first events pass when the caller stops waiting, and the clock goes on from there.
  @Test
  void theStartEndsEarly() {
    offer(5, 7, 6);
    assertThat(guard.starting()).isTrue();
    guard.start();
    assertThat(guard.starting()).isFalse();
    assertThat(passed).containsExactly(0, 1, 2);
    guard.offer(3, FAR);
    guard.start();
    assertThat(guard.held()).isEqualTo(1);
  }

  @Test
  void noLimitHoldsNothing() {
    guard = guard(0);
    offer(5, FAR, 3, 3 * FAR);
    assertThat(passed).containsExactly(0, 1, 2, 3);
  }

  // Law: without a limit, what a restored guard holds passes before all that follows.
  @Test
  void whatIsHeldPassesWhenTheLimitIsLifted() throws IOException {
    offer(5, FAR, 3);
    guard = restored(guard(0));
    assertThat(guard.starting()).isTrue();
    guard.offer(3, 9);
    assertThat(passed).containsExactly(0, 1, 2, 3);
  }

  // Law: not more than so many are held; the oldest goes.
  @Test
  void memoryIsBounded() {
    guard = guard(MAX_JUMP);
    offer(new long[100]);
    int more = JumpGuard.MAX_HELD + 100;
    for (int i = 0; i < more; i++) {
      guard.offer(1000 + i, FAR + i * FAR);
      guard.offer(-1, 0);
    }
    assertThat(guard.held()).isEqualTo(JumpGuard.MAX_HELD);
    assertThat(rejected).isEqualTo(numbers(1000, 1100));
  }

  // Law: a gap passes with as many events as may be held, however many a window had.
  @Test
  void aGapPassesThatNeedsMoreThanMayBeHeld() {
    for (int i = 0; i < 200 * JumpGuard.MAX_HELD; i++) {
      guard.offer(-1, 1);
    }
    for (int i = 0; i < JumpGuard.MAX_HELD; i++) {
      guard.offer(i, FAR);
    }
    assertThat(guard.held()).isZero();
    assertThat(rejected).isEmpty();
  }

  // Law: in a stream in order, only a last event far from the one before is rejected; the order
  // stays.
  @Test
  void sortedStreamsStaySorted() {
    for (int seed = 0; seed < 200; seed++) {
      long[] times = LongStream.of(hostile(seed)).sorted().toArray();
      clear();
      offer(times);
      guard.finish();
      assertThat(passed).as("seed %d", seed).isSorted();
      assertThat(passed.size() + rejected.size()).isEqualTo(times.length);
      for (int i : rejected) {
        assertThat(i).isEqualTo(times.length - 1);
        assertThat(times[i] - times[i - 1]).isGreaterThan(MAX_JUMP);
      }
    }
  }

  // Law: every event passes or is rejected, once.
  // Law: a guard that is stored and read back at any position goes on like one that is not.
  @Test
  void statesContinue() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      long[] times = hostile(seed);
      clear();
      offer(times);
      guard.finish();
      List<Integer> once = new ArrayList<>(passed);
      List<Integer> all = new ArrayList<>(passed);
      all.addAll(rejected);
      assertThat(all)
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(numbers(0, times.length));
      List<Integer> refused = List.copyOf(rejected);
      clear();
      for (int i = 0; i < times.length; i++) {
        guard = restored(guard(MAX_JUMP));
        guard.offer(i, times[i]);
      }
      guard = restored(guard(MAX_JUMP));
      guard.finish();
      assertThat(passed).as("seed %d", seed).isEqualTo(once);
      assertThat(rejected).as("seed %d", seed).isEqualTo(refused);
    }
  }

  @Test
  void aNewerFormatIsRefused() {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(new byte[] {2}));
    assertThatThrownBy(() -> guard.readState(in, item -> item.readInt()))
        .hasMessage("format of a partition's clock must be 1 but was 2");
  }

  private void clear() {
    passed.clear();
    rejected.clear();
    warned.clear();
    guard = guard(MAX_JUMP);
  }

  /** Steps back and ahead, single events far away, and gaps. */
  private static long[] hostile(long seed) {
    SplittableRandom random = Seeds.generator(seed, "jumps", 0);
    long[] times = new long[1 + random.nextInt(400)];
    long now = 0;
    for (int i = 0; i < times.length; i++) {
      now += random.nextInt(40);
      now += random.nextInt(60) == 0 ? random.nextInt(2000) : 0;
      times[i] = now - random.nextInt(30);
      times[i] += random.nextInt(30) == 0 ? random.nextInt(100_000) : 0;
    }
    return times;
  }

  private JumpGuard<Integer> restored(JumpGuard<Integer> next) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    guard.writeState(new DataOutputStream(bytes), (item, out) -> out.writeInt(item));
    next.readState(
        new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), in -> in.readInt());
    return next;
  }
}
