package io.millrace.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import io.millrace.stream.SmallJob;
import io.millrace.time.MapGrid;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RefreshPlanTest {

  private static final int PER_PANE = 4;
  private static final int WARM_UP = 2;
  private static final List<String> SOURCES = List.of("a", "b");
  private static final long YEARS = 1_000_000_000_000L;

  private final List<RefreshLine> told = new ArrayList<>();

  private static JobSpec job(RefreshOptions.When when, int delay, int gap) {
    DriftOptions drift = new DriftOptions(PER_PANE, WARM_UP, 0, .01, SmallJob.DRIFT.detectors());
    return SmallJob.refreshing(
        SmallJob.job(true, 10, 0), new RefreshOptions(when, delay, gap), drift, "learned");
  }

  private static RefreshPlan plan(JobSpec job, Consumer<RefreshLine> told) {
    return new RefreshPlan(job, 7, SOURCES, told);
  }

  private RefreshPlan drift(int delay, int gap) {
    return plan(job(RefreshOptions.When.DRIFT, delay, gap), told::add);
  }

  private static void completeAll(RefreshPlan plan, long part) {
    SOURCES.forEach(source -> plan.complete(source, part));
  }

  private static RefreshPlan restored(RefreshPlan plan, JobSpec job, Consumer<RefreshLine> told)
      throws IOException {
    RefreshPlan copy = plan(job, told);
    copy.readState(new DataInputStream(new ByteArrayInputStream(bytes(plan))));
    assertThat(bytes(copy)).isEqualTo(bytes(plan));
    assertThat(copy.refreshes()).isEqualTo(plan.refreshes());
    return copy;
  }

  private static byte[] bytes(RefreshPlan plan) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    plan.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  /** What a source says: a change, if there is a cause, or that all up to a part is told. */
  private record Word(String source, long part, String cause) {
    void tell(RefreshPlan plan) {
      if (cause == null) {
        plan.complete(source, part);
      } else {
        plan.changed(part, cause);
      }
    }
  }

  /** One source's words in order: a part is complete after its changes, now and then said so. */
  private static Deque<Word> words(
      String source, long first, int parts, SplittableRandom random, int seldom) {
    Deque<Word> words = new ArrayDeque<>();
    for (long part = first - 1; part < first + parts; part++) {
      for (int n = 0; part >= first && random.nextInt(seldom) == 0; n++) {
        words.add(new Word(source, part, source + part + "/" + n));
      }
      if (random.nextInt(3) > 0) {
        words.add(new Word(source, part, null));
      }
    }
    words.add(new Word(source, first + parts + 1000, null));
    return words;
  }

  private static List<Word> shuffled(List<Deque<Word>> sources, SplittableRandom random) {
    List<Deque<Word>> left = new ArrayList<>();
    sources.forEach(source -> left.add(new ArrayDeque<>(source)));
    List<Word> all = new ArrayList<>();
    while (!left.isEmpty()) {
      Deque<Word> next = left.get(random.nextInt(left.size()));
      for (int n = 1 + random.nextInt(10); n > 0 && !next.isEmpty(); n--) {
        all.add(next.remove());
      }
      left.removeIf(Deque::isEmpty);
    }
    return all;
  }

  /** Goes through all parts and knows all changes: those told in a part, or before it. */
  private static List<RefreshLine> oracle(JobSpec job, List<Word> words, long from, long to) {
    List<Word> unsettled = new ArrayList<>(words);
    unsettled.removeIf(word -> word.cause == null);
    RefreshOptions options = job.hash().refresh();
    List<RefreshLine> lines = new ArrayList<>();
    long last = Long.MIN_VALUE;
    for (long part = from; part <= to; part++) {
      long known = part - options.delay();
      List<String> causes =
          unsettled.stream().filter(w -> w.part <= known).map(Word::cause).sorted().toList();
      if (!causes.isEmpty() && (last == Long.MIN_VALUE || part - last >= options.gap())) {
        lines.add(new RefreshLine(job.mapGrid().end(part), 7, causes));
        unsettled.removeIf(w -> w.part <= known);
        last = part;
      }
    }
    return lines;
  }

  private static long[] times(JobSpec job, List<RefreshLine> lines) {
    return lines.stream().mapToLong(line -> job.mapGrid().of(line.time() - 1)).toArray();
  }

  // Law: when maps are built depends on the changes and the parts they are known in alone: not on
  // the order in which sources tell them, nor on restarts in between. What is decided once stays.
  @Test
  void theOrderOfTellingDoesNotMatter() throws IOException {
    SplittableRandom random = Seeds.generator(3, "refresh-plan", 0);
    int refreshes = 0;
    for (int round = 0; round < 300; round++) {
      RefreshOptions.When when =
          random.nextBoolean() ? RefreshOptions.When.DRIFT : RefreshOptions.When.BOTH;
      JobSpec job = job(when, 1 + random.nextInt(4), 1 + random.nextInt(8));
      long first = (long) random.nextInt(100) - 50;
      int seldom = 2 + random.nextInt(12);
      List<Deque<Word>> sources = new ArrayList<>();
      for (String source : SOURCES) {
        sources.add(words(source, first, 60, random, seldom));
      }
      List<RefreshLine> expected = oracle(job, shuffled(sources, random), first - 10, first + 1000);
      refreshes += expected.size();
      for (int order = 0; order < 4; order++) {
        List<RefreshLine> lines = new ArrayList<>();
        RefreshPlan plan = plan(job, lines::add);
        plan.begins(first);
        for (Word word : shuffled(sources, random)) {
          Refreshes before = plan.refreshes();
          word.tell(plan);
          keepsTo(before, plan.refreshes());
          if (order % 2 == 1 && random.nextInt(5) == 0) {
            plan = restored(plan, job, lines::add);
          }
        }
        assertThat(lines).as("round %d", round).isEqualTo(expected);
        assertThat(plan.refreshes().subWindows())
            .isEqualTo(new TreeSet<>(LongStream.of(times(job, expected)).boxed().toList()));
        assertThat(plan.refreshes().decided())
            .isEqualTo(first + 60 + 1000 + job.hash().refresh().delay());
      }
    }
    assertThat(refreshes).isGreaterThan(1000);
  }

  private static void keepsTo(Refreshes before, Refreshes now) {
    assertThat(now.decided()).isGreaterThanOrEqualTo(before.decided());
    if (before.decided() > Long.MIN_VALUE) {
      assertThat(now.subWindows().headSet(before.decided(), true)).isEqualTo(before.subWindows());
      for (long part = before.decided(); part > before.decided() - 2 * PER_PANE; part--) {
        assertThat(now.builds(part - 1, part)).isEqualTo(before.builds(part - 1, part));
      }
    }
  }

  // a change of sub-window 10 is settled two later, with what is seen until then; the next one
  // waits
  // until four have passed
  @Test
  void delayAndGap() {
    RefreshPlan plan = drift(2, 4);
    plan.begins(0);
    completeAll(plan, 9);
    plan.changed(10, "x");
    plan.changed(11, "late");
    plan.complete("a", 11);
    assertThat(plan.refreshes().decided()).isEqualTo(11);
    assertThat(told).isEmpty();
    plan.complete("b", 10);
    assertThat(plan.refreshes().decided()).isEqualTo(12);
    assertThat(plan.refreshes().builds(11, 12)).isTrue();
    assertThat(told).containsExactly(line(12, "x"));
    plan.complete("b", 14);
    plan.complete("a", 13);
    assertThat(told).hasSize(1);
    plan.complete("a", 14);
    assertThat(told).containsExactly(line(12, "x"), line(16, "late"));
    assertThat(plan.refreshes().builds(14, 15)).isFalse();
    assertThat(plan.refreshes().builds(15, 16)).isTrue();
  }

  private static RefreshLine line(long part, String... causes) {
    long end = new MapGrid(SmallJob.job(true, 10, 0).windows(), PER_PANE).end(part);
    return new RefreshLine(end, 7, List.of(causes));
  }

  // windows decide about the first two panes that have events, and changes about all others
  @Test
  void whileTheWatchWarmsUpWindowsDecide() {
    RefreshPlan plan = drift(1, 1);
    long first = 5 * PER_PANE + 2;
    completeAll(plan, first - 3);
    assertThat(plan.refreshes().decided()).isEqualTo(first - 3);
    assertThat(plan.refreshes().builds(0, 3)).isFalse();
    plan.begins(first);
    plan.begins(first + 100);
    plan.changed(8L * PER_PANE, "x");
    completeAll(plan, 9L * PER_PANE);
    List<Long> built = new ArrayList<>();
    for (long part = first; part <= 9 * PER_PANE; part++) {
      if (plan.refreshes().builds(part - 1, part)) {
        built.add(part);
      }
    }
    assertThat(built).containsExactly(6L * PER_PANE - 1, 7L * PER_PANE - 1, 8L * PER_PANE + 1);
  }

  // with both, windows decide for ever, and changes besides
  @Test
  void both() {
    RefreshPlan plan = plan(job(RefreshOptions.When.BOTH, 1, 1), told::add);
    plan.begins(0);
    plan.changed(100L * PER_PANE, "x");
    completeAll(plan, Long.MAX_VALUE);
    assertThat(plan.refreshes().decided()).isEqualTo(Long.MAX_VALUE);
    assertThat(plan.refreshes().builds(7, 100L * PER_PANE + 1)).isTrue();
    assertThat(plan.refreshes().builds(100L * PER_PANE + 1, 100L * PER_PANE + 2)).isFalse();
    assertThat(plan.refreshes().builds(0, 1000L * PER_PANE - 1)).isTrue();
    assertThat(plan.refreshes().builds(0, 1000L * PER_PANE)).isTrue();
    assertThat(told).containsExactly(line(100L * PER_PANE + 1, "x"));
  }

  // an event of a far future costs no more than another
  @Test
  void jumpsOfYears() {
    RefreshPlan plan = drift(2, 6);
    plan.begins(-YEARS);
    plan.changed(-YEARS, "then");
    completeAll(plan, 0);
    plan.changed(YEARS, "now");
    completeAll(plan, YEARS);
    assertThat(plan.refreshes().subWindows()).containsExactly(-YEARS + 2, YEARS + 2);
    completeAll(plan, Long.MAX_VALUE);
    assertThat(plan.refreshes().decided()).isEqualTo(Long.MAX_VALUE);
    assertThat(told).hasSize(2);
  }

  // Law: a plan that goes on from an older state keeps to what was decided after it, and tells each
  // refresh that its state does not have yet once more, as what was told after it is lost.
  @Test
  void decisionsOutliveTheState() throws IOException {
    SplittableRandom random = Seeds.generator(4, "refresh-plan", 0);
    JobSpec job = job(RefreshOptions.When.DRIFT, 2, 3);
    for (int round = 0; round < 100; round++) {
      List<Word> words =
          shuffled(List.of(words("a", 0, 60, random, 6), words("b", 0, 60, random, 6)), random);
      List<RefreshLine> lines = new ArrayList<>();
      RefreshPlan plan = plan(job, lines::add);
      plan.begins(0);
      int saved = random.nextInt(words.size());
      int failed = saved + random.nextInt(words.size() - saved);
      words.subList(0, saved).forEach(word -> word.tell(plan));
      List<RefreshLine> after = new ArrayList<>(lines);
      RefreshPlan next = restored(plan, job, after::add);
      words.subList(saved, failed).forEach(word -> word.tell(plan));
      Refreshes written = plan.refreshes();
      next.adopt(written);
      assertThat(next.refreshes()).isEqualTo(written);
      for (Word word : words.subList(saved, words.size())) {
        word.tell(next);
        keepsTo(written, next.refreshes());
      }
      words.subList(failed, words.size()).forEach(word -> word.tell(plan));
      assertThat(after).isEqualTo(lines);
      assertThat(next.refreshes()).isEqualTo(plan.refreshes());
    }
  }

  // Law: a plan that has forgotten what it knew, as its streams are watched otherwise, keeps to
  // what was decided, also when it is asked again after it has decided more.
  @Test
  void decisionsOutliveTheSettings() {
    RefreshPlan before = drift(2, 3);
    before.begins(0);
    before.changed(20, "x");
    completeAll(before, 30);
    Refreshes written = before.refreshes();
    RefreshPlan plan = drift(2, 3);
    plan.adopt(written);
    plan.begins(29);
    completeAll(plan, 29);
    keepsTo(written, plan.refreshes());
    completeAll(plan, 100);
    keepsTo(written, plan.refreshes());
    List<Long> built = new ArrayList<>();
    for (long part = 0; part <= 100; part++) {
      if (plan.refreshes().builds(part - 1, part)) {
        built.add(part);
      }
    }
    assertThat(built).containsExactly(3L, 7L, 22L, 35L);
  }

  // a source that is no more is not waited for, and one that is new is
  @Test
  void sourcesComeAndGo() throws IOException {
    JobSpec job = job(RefreshOptions.When.DRIFT, 1, 1);
    RefreshPlan plan = drift(1, 1);
    plan.begins(0);
    plan.complete("a", 7);
    plan.complete("b", 3);
    RefreshPlan alone = new RefreshPlan(job, 7, List.of("a"), told::add);
    alone.readState(new DataInputStream(new ByteArrayInputStream(bytes(plan))));
    assertThat(alone.refreshes().decided()).isEqualTo(4);
    alone.complete("a", 8);
    assertThat(alone.refreshes().decided()).isEqualTo(9);
    RefreshPlan three = new RefreshPlan(job, 7, List.of("a", "b", "c"), told::add);
    three.readState(new DataInputStream(new ByteArrayInputStream(bytes(plan))));
    completeAll(three, 8);
    assertThat(three.refreshes().decided()).isEqualTo(4);
    three.complete("c", 6);
    assertThat(three.refreshes().decided()).isEqualTo(7);
  }
}
