package io.millrace.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.generator.GeneratorOptions.Change;
import io.millrace.generator.GeneratorOptions.Popularity;
import io.millrace.generator.GeneratorOptions.Taste;
import io.millrace.math.XxHash64;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlantedStreamTest {

  private static final GeneratorOptions SMALL =
      GeneratorOptions.demo().withDays(3).withEventsPerDay(5_000);

  /** Law: equal options and seed give equal bits, here and on every other machine. */
  @Test
  void replaysToTheBit() throws IOException {
    String text = csv(SMALL, 7);
    assertThat(csv(SMALL, 7)).isEqualTo(text);
    assertThat(csv(SMALL, 8)).isNotEqualTo(text);
    assertThat(text)
        .startsWith("event_time,label,d0,d1,d2,d3,f0,f1,f2,f3,f4,f5,f6,f7\n1704067200000,");
    assertThat(Long.toHexString(XxHash64.hash(text, 0))).isEqualTo("e2b2b83917cb1764");
  }

  /** Law: days are independent of how many follow. */
  @Test
  void longerStreamBeginsWithTheShorterWithoutBirths() throws IOException {
    GeneratorOptions fixed = SMALL.withPopularity(new Popularity(1.05, 0, 0, .5, .25));
    assertThat(csv(fixed, 1)).startsWith(csv(fixed.withDays(2), 1));
  }

  /** Law: until the day of a change, a stream equals the one without the change. */
  @Test
  void changesDoNotReachThePast() throws IOException {
    GeneratorOptions drift = GeneratorOptions.drift().withEventsPerDay(2_000);
    GeneratorOptions control = drift.withChanges(List.of(new Change(Change.Kind.BIRTHS, 6, .1)));
    String upTo4 = csv(drift.withDays(7), 1).substring(0, 200_000);
    assertThat(csv(control.withDays(7), 1)).startsWith(upTo4);
    assertThat(csv(drift.withDays(8), 1)).isNotEqualTo(csv(control.withDays(8), 1));
  }

  /** Law: each change has its documented effect, on its share of the ids. */
  @Test
  void changesAreWhatTheySay() {
    PlantedStream stream = new PlantedStream(GeneratorOptions.drift().withEventsPerDay(30_000), 2);
    int ids = 30_000;
    float[] before = new float[ids];
    int[][] counts = new int[8][ids];
    int seen = 0;
    while (stream.hasNext()) {
      PlantedEvent event = stream.next();
      counts[event.day()][event.ids()[7]]++;
      if (event.day() == 3 && counts[3][event.ids()[7]] == 1) {
        before[event.ids()[7]] = stream.taste(7, event.ids()[7])[0];
        seen++;
      }
    }
    int moved = 0;
    int born = 0;
    for (int id = 0; id < ids; id++) {
      moved += counts[3][id] > 0 && stream.taste(7, id)[0] != before[id] ? 1 : 0;
      born += stream.birth(7, id) == 6 ? 1 : 0;
      for (int day = 0; stream.birth(7, id) == 6 && day < 6; day++) {
        assertThat(counts[day][id]).isZero();
      }
    }
    assertThat(moved / (double) seen).isCloseTo(.5, within(.02));
    assertThat(born / (double) ids).isCloseTo(.1, within(.01));
    assertThat(overlap(counts[4], counts[5])).isGreaterThan(.6);
    assertThat(overlap(counts[6], counts[7])).isLessThan(.55);
  }

  /** Share of traffic that two days have in common. */
  private static double overlap(int[] a, int[] b) {
    double common = 0;
    double all = 0;
    for (int id = 0; id < a.length; id++) {
      common += Math.min(a[id], b[id]);
      all += a[id];
    }
    return common / all;
  }

  /** Law: times ascend, evenly spread, and stay within their day. */
  @Test
  void timesAscendWithinTheirDay() {
    long previous = Long.MIN_VALUE;
    for (PlantedEvent event : events(new PlantedStream(SMALL, 1))) {
      long inDay = event.eventTime() - SMALL.startTime() - event.day() * PlantedStream.DAY_MS;
      assertThat(event.eventTime()).isGreaterThan(previous);
      assertThat(inDay).isBetween(0L, PlantedStream.DAY_MS - 1);
      previous = event.eventTime();
    }
  }

  /** Law: no id before its birth or after its death, yet both happen. */
  @Test
  void idsOccurOnlyWhileTheyLive() {
    GeneratorOptions mortal =
        SMALL.withDays(6).withPopularity(new Popularity(1.05, .25, .3, .5, .25));
    PlantedStream stream = new PlantedStream(mortal, 3);
    int born = 0;
    int dead = 0;
    for (PlantedEvent event : events(stream)) {
      for (int f = 0; f < event.ids().length; f++) {
        assertThat(stream.lives(f, event.ids()[f], event.day())).isTrue();
        born += stream.birth(f, event.ids()[f]) > 0 ? 1 : 0;
        dead += stream.lives(f, event.ids()[f], 5) ? 0 : 1;
      }
    }
    assertThat(born).isGreaterThan(1_000);
    assertThat(dead).isGreaterThan(1_000);
  }

  /** Law: the given share of ids is born late, evenly over the later days. */
  @Test
  void birthsHaveTheirShare() {
    PlantedStream stream = new PlantedStream(GeneratorOptions.demo(), 5);
    int[] births = new int[8];
    for (int id = 0; id < 30_000; id++) {
      births[stream.birth(7, id)]++;
    }
    assertThat(births[0] / 30_000.0).isCloseTo(.75, within(.01));
    for (int day = 1; day < 8; day++) {
      assertThat(births[day] / 30_000.0).isCloseTo(.25 / 7, within(.005));
    }
  }

  /** Law: without noise, the head's share of traffic is that of the power law. */
  @Test
  void headShareFollowsZipf() {
    GeneratorOptions plain =
        SMALL.withEventsPerDay(40_000).withPopularity(new Popularity(1.05, 0, 0, 0, 0));
    long[] counts = new long[30_000];
    events(new PlantedStream(plain, 2)).forEach(event -> counts[event.ids()[7]]++);
    java.util.Arrays.sort(counts);
    double head = 0;
    double all = 0;
    for (int rank = 1; rank <= 30_000; rank++) {
      double weight = Math.pow(rank, -1.05);
      head += rank <= 100 ? weight : 0;
      all += weight;
    }
    long seen = 0;
    for (int i = 0; i < 100; i++) {
      seen += counts[30_000 - 1 - i];
    }
    assertThat(seen / 120_000.0).isCloseTo(head / all, within(.01));
  }

  /** Law: of a taste's variance, rho lies between clusters and 1 - rho within them. */
  @Test
  void clustersExplainRhoOfTheVariance() {
    PlantedStream stream = new PlantedStream(GeneratorOptions.demo(), 4);
    double[][] sum = new double[30][4];
    int[] size = new int[30];
    for (int id = 0; id < 30_000; id++) {
      int cluster = stream.cluster(7, id);
      size[cluster]++;
      for (int k = 0; k < 4; k++) {
        sum[cluster][k] += stream.taste(7, id)[k];
      }
    }
    double squares = 0;
    for (int id = 0; id < 30_000; id++) {
      int cluster = stream.cluster(7, id);
      for (int k = 0; k < 4; k++) {
        double own = stream.taste(7, id)[k] - sum[cluster][k] / size[cluster];
        squares += own * own;
      }
    }
    assertThat(squares / 120_000).isCloseTo(.2, within(.005));
  }

  /** Law: each day adds drift² to the variance of a taste's path. */
  @Test
  void tastesDriftFromDayToDay() {
    GeneratorOptions options = SMALL.withTaste(new Taste(4, .8, .06)).withEventsPerDay(1);
    PlantedStream stream = new PlantedStream(options, 4);
    stream.next();
    float[][] before = new float[30_000][];
    java.util.Arrays.setAll(before, id -> stream.taste(7, id));
    stream.next();
    stream.next();
    double squares = 0;
    for (int id = 0; id < 30_000; id++) {
      for (int k = 0; k < 4; k++) {
        double step = stream.taste(7, id)[k] - before[id][k];
        squares += step * step;
      }
    }
    assertThat(Math.sqrt(squares / 120_000 / 2)).isCloseTo(.06, within(.001));
  }

  /** Law: labels follow the true probability, and its AUC equals that by brute force. */
  @Test
  void bestAucEqualsBruteForce() {
    PlantedStream stream = new PlantedStream(SMALL.withDays(2), 6);
    List<PlantedEvent> events = events(stream);
    assertThat(stream.facts()).extracting(DayFacts::day).containsExactly(0, 1);
    for (DayFacts day : stream.facts()) {
      List<PlantedEvent> ofDay = events.stream().filter(e -> e.day() == day.day()).toList();
      double rate = ofDay.stream().mapToDouble(PlantedEvent::label).average().orElseThrow();
      double mean = ofDay.stream().mapToDouble(PlantedEvent::probability).average().orElseThrow();
      assertThat(day.events()).isEqualTo(5_000);
      assertThat(rate).isCloseTo(mean, within(.02)).isBetween(.1, .4);
      assertThat(day.positives()).isEqualTo(Math.round(rate * 5_000));
      assertThat(day.auc()).isCloseTo(pairwiseAuc(ofDay), within(1e-4)).isBetween(.75, .95);
      assertThat(day.logLoss()).isPositive().isLessThan(entropy(rate));
    }
  }

  /** Law: what a csv shows is what the event holds, to the bit; gzip changes nothing. */
  @Test
  void csvHoldsTheEvents(@TempDir Path dir) throws IOException {
    GeneratorOptions tiny = SMALL.withDays(1).withEventsPerDay(500);
    Path plain = dir.resolve("events.csv");
    Path packed = dir.resolve("events.csv.gz");
    assertThat(PlantedCsv.write(new PlantedStream(tiny, 1), plain, n -> {})).isEqualTo(500);
    PlantedCsv.write(new PlantedStream(tiny, 1), packed, n -> {});
    try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
      assertThat(in.readAllBytes()).isEqualTo(Files.readAllBytes(plain));
    }
    List<String> lines = Files.readAllLines(plain, StandardCharsets.UTF_8);
    List<PlantedEvent> events = events(new PlantedStream(tiny, 1));
    for (int i = 0; i < 500; i++) {
      String[] cells = lines.get(i + 1).split(",");
      assertThat(Long.parseLong(cells[0])).isEqualTo(events.get(i).eventTime());
      assertThat(Float.parseFloat(cells[1])).isEqualTo(events.get(i).label());
      assertThat(Float.parseFloat(cells[3])).isEqualTo(events.get(i).dense()[1]);
      assertThat(cells[6 + 7]).isEqualTo(events.get(i).rawId(7));
    }
  }

  /** Law: an id is the hash of the field's name and the decimal number that the csv shows. */
  @Test
  void clickEventsCarryHashedIds() {
    PlantedEvent event = new PlantedStream(SMALL, 1).next();
    ClickEvent click = event.toClickEvent(new IdEncoder(SMALL.categoricalFields()));
    assertThat(click.fields()).isEqualTo(8);
    assertThat(click.eventTime()).isEqualTo(event.eventTime());
    assertThat(click.label()).isEqualTo(event.label());
    assertThat(click.dense()).isEqualTo(event.dense());
    for (int f = 0; f < 8; f++) {
      assertThat(click.ids()[click.offsets()[f]])
          .isEqualTo(IdEncoder.id("f" + f, String.valueOf(event.ids()[f])));
    }
  }

  /** Law: every ten-thousandth up to 8 is written so that it parses to the same float. */
  @Test
  void decimalsAreExact() {
    for (long k = -80_000; k <= 80_000; k++) {
      StringBuilder text = new StringBuilder();
      PlantedCsv.appendDecimal(text, k);
      assertThat(Float.parseFloat(text.toString())).isEqualTo((float) (k / 10_000.0) + 0f);
    }
  }

  @Test
  void refusesOptionsOutOfRange() {
    assertThatThrownBy(() -> new GeneratorOptions.Field(10, 11))
        .hasMessage("clusters must be in 1..10 (ids) but was 11");
    assertThatThrownBy(() -> SMALL.withDays(0)).hasMessage("days must be >= 1 but was 0");
    assertThatThrownBy(() -> new Popularity(1, 1.5, 0, 0, 0))
        .hasMessage("birth_share must be in [0, 1] but was 1.5");
  }

  private static String csv(GeneratorOptions options, long seed) throws IOException {
    StringBuilder text = new StringBuilder();
    PlantedCsv.write(new PlantedStream(options, seed), text, n -> {});
    return text.toString();
  }

  private static List<PlantedEvent> events(PlantedStream stream) {
    List<PlantedEvent> events = new ArrayList<>();
    stream.forEachRemaining(events::add);
    return events;
  }

  /** Share of (click, no click) pairs in the right order, by looking at every pair. */
  private static double pairwiseAuc(List<PlantedEvent> events) {
    double ordered = 0;
    long pairs = 0;
    for (PlantedEvent click : events) {
      for (PlantedEvent other : events) {
        if (click.label() > other.label()) {
          pairs++;
          int order = Double.compare(click.probability(), other.probability());
          ordered += order > 0 ? 1 : order == 0 ? .5 : 0;
        }
      }
    }
    return ordered / pairs;
  }

  private static double entropy(double rate) {
    return -rate * Math.log(rate) - (1 - rate) * Math.log(1 - rate);
  }
}
