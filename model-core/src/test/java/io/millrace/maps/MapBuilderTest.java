package io.millrace.maps;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cluster.TeacherValue;
import io.millrace.counts.CountRules;
import io.millrace.counts.CountTable;
import io.millrace.counts.IdCounts;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.IdHash;
import io.millrace.hash.MapVersion;
import io.millrace.random.Seeds;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.stream.SmallJob;
import io.millrace.student.StudentTables;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MapBuilderTest {

  private static final JobSpec JOB = SmallJob.job(true, 10, 0);
  private static final TeacherValues TAUGHT =
      new TeacherValues(new long[] {2, 5, 9}, 2, new float[] {.1f, .2f, .3f, .4f, -.1f, -.2f});

  private static final TeacherValues TAUGHT0 =
      new TeacherValues(new long[] {0, 1, 2}, 2, new float[] {.1f, .2f, .3f, .4f, -.1f, -.2f});

  /** Ids 1 to 60, an access each. */
  private static CountTable counts() {
    IdCounts counts = new IdCounts(new CountRules(1, 1000, 1, 0, 1));
    for (long id = 1; id <= 60; id++) {
      counts.add(0, id, 1, id % 2);
    }
    return counts.closePane(0);
  }

  private static List<String> specs(MapBuilder.Result result) {
    return result.maps().stream().map(map -> map.header().spec()).toList();
  }

  // a teacher that knows nothing of a field, as its pane is not there or its sample held none of
  // the
  // ids, gives no learned map: neither an exception nor a clustering of zeros; other maps are built
  @Test
  void withoutTeacherValuesThereIsNoLearnedMap() {
    TeacherValues elsewhere = new TeacherValues(new long[] {-7, 700}, 2, new float[4]);
    for (TeacherValues nothing :
        new TeacherValues[] {null, new TeacherValues(new long[0], 2, new float[0]), elsewhere}) {
      MapBuilder.Result result =
          new MapBuilder(JOB, 0, 7).build(0, true, counts(), nothing, nothing);
      assertThat(specs(result))
          .containsExactly("freq-double-hot0.01-0.1", "hot-kept-0.1", "two-level-share0.4");
      assertThat(result.without())
          .containsExactly(
              "learned-0.1", "learned-2-sum-0.1", "learned-2-concat-0.1", "learned-share0.4");
      assertThat(result.inputs()).isEmpty();
      assertThat(result.drift().mapSpec()).isEqualTo("learned-0.1");
      assertThat(result.drift().mapVersion()).isZero();
    }
  }

  // the map before stays the one that the next is compared with, also after a restart
  @Test
  void theMapBeforeStays() throws IOException {
    MapBuilder builder = new MapBuilder(JOB, 0, 7);
    MapVersion first = learned(builder.build(0, true, counts(), TAUGHT, TAUGHT));
    builder.build(1, true, counts(), null, null);
    builder = restored(builder, JOB);
    MapBuilder.Result third = builder.build(2, true, counts(), TAUGHT, null);
    assertThat(third.without()).isEmpty();
    assertThat(first.version()).isEqualTo(1);
    assertThat(learned(third).version()).isEqualTo(3);
    assertThat(third.drift().agreement().ari()).isEqualTo(1);
    assertThat(third.drift().floor().ari()).isNaN();
  }

  // who waits for maps of a time without accesses is told that there are none
  @Test
  void withoutAccessesThereIsNoMap() {
    CountTable nothing = new IdCounts(new CountRules(1, 1000, 1, 0, 1)).closePane(0);
    MapBuilder builder = new MapBuilder(JOB, 0, 7);
    MapBuilder.Result result = builder.build(0, true, nothing, TAUGHT, TAUGHT);
    assertThat(result.maps()).isEmpty();
    assertThat(result.without()).containsExactlyElementsOf(JOB.mapSpecs().keySet());
    assertThat(result.drift()).isNull();
    assertThat(builder.build(0, false, nothing, TAUGHT, TAUGHT).without()).isEmpty();
    assertThat(learned(builder.build(1, true, counts(), TAUGHT, TAUGHT)).version()).isEqualTo(1);
  }

  private static MapVersion learned(MapBuilder.Result result) {
    return result.maps().stream()
        .filter(map -> map.header().spec().equals("learned-0.1"))
        .findFirst()
        .orElseThrow();
  }

  private static MapBuilder restored(MapBuilder builder, JobSpec job) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    builder.writeState(new DataOutputStream(bytes));
    MapBuilder copy = new MapBuilder(job, 0, 7);
    copy.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    return copy;
  }

  // a window with more than half of its traffic on new ids closes the gate: the field's learned and
  // two-level maps are the plain hash that students begin with, until the share is a tenth below;
  // also across a restart. Nothing else changes, and the first window, without one before, is open
  @Test
  void newTrafficGivesWayToAPlainHash() throws IOException {
    JobSpec job = SmallJob.gated(JOB, .5);
    MapBuilder builder = new MapBuilder(job, 0, 7);
    IdCounts counts = new IdCounts(new CountRules(1, 1000, 1, 0, 1));
    double[] newTraffic = {Double.NaN, .5, .52, .46, .44, .6};
    boolean[] plain = {false, false, true, true, false, true};
    for (int pane = 0; pane < plain.length; pane++) {
      int fresh = pane == 0 ? 10 : (int) Math.round(100 * newTraffic[pane]);
      for (int i = 0; i < fresh; i++) {
        counts.add(pane, 1000 * pane + i, 1, 0);
      }
      counts.add(pane, 0, 100 - fresh, 5);
      builder = restored(builder, job);
      MapBuilder.Result result =
          builder.build(pane, true, counts.closePane(pane), TAUGHT0, TAUGHT0);
      assertThat(Double.compare(result.drift().newTraffic(), newTraffic[pane])).isZero();
      assertThat(result.drift().plainHash()).isEqualTo(plain[pane]);
      assertThat(specs(result)).hasSize(7);
      assertThat(result.inputs()).hasSize(plain[pane] ? 0 : 4);
      for (MapVersion map : result.maps()) {
        String spec = map.header().spec();
        boolean valued = spec.startsWith("learned") || spec.startsWith("two-level");
        assertThat(map.header().kind() == MapVersion.Kind.PLAIN).isEqualTo(valued && plain[pane]);
      }
      if (plain[pane]) {
        isPlainHash(learned(result), job);
      }
    }
  }

  /** Every id, listed or not, has the row that an arm without maps gives it. */
  private static void isPlainHash(MapVersion map, JobSpec job) {
    ArmSpec arm = job.mapSpecs().get(map.header().spec());
    IdHash first = new StudentTables(job, arm, 7).create(0).hash();
    for (int i = 0; i < map.size(); i++) {
      assertThat(map.row(i)).isEqualTo(first.row(map.id(i)));
    }
    for (long id = -500; id < 6000; id++) {
      assertThat(map.toHash().row(id)).isEqualTo(first.row(id));
      assertThat(map.toHash().knows(id)).isFalse();
    }
    assertThat(map.rows()).isEqualTo(first.rows());
    assertThat(map.toHash().serializedBytes()).isLessThan(200);
  }

  // maps are made of the value, the counts, the policy and the fingerprint that the job names: one
  // value of the teacher's vectors, or each of their dimensions for a table of its own; ids that
  // the
  // teacher does not know have zeros
  @ParameterizedTest
  @EnumSource(TeacherValue.class)
  void mapsAreMadeAsTheJobSays(TeacherValue value) {
    int n = 60;
    CountTable counts = CountTable.ofIds(n, LongStream.range(0, n).map(i -> 3 * i - 50).toArray());
    SplittableRandom random = Seeds.generator(4, "map-builder", 0);
    float[] vectors = new float[2 * n];
    long[] known = new long[2 * n / 3];
    float[] taught = new float[2 * known.length];
    for (int i = 0, k = 0; i < n; i++) {
      counts.decayed()[i] = 1 + 3 * random.nextDouble();
      counts.inWindow()[i] = 1L + random.nextInt(9);
      if (i % 3 > 0) {
        for (int d = 0; d < 2; d++) {
          vectors[2 * i + d] = (float) random.nextDouble(-1, 1 + 4 * d);
          taught[2 * k + d] = vectors[2 * i + d];
        }
        known[k++] = counts.ids()[i];
      }
    }
    TeacherValues teacher = new TeacherValues(known, 2, taught);
    for (HashOptions.Counts which : HashOptions.Counts.values()) {
      double[] weights =
          which == HashOptions.Counts.DECAYED
              ? counts.decayed()
              : LongStream.of(counts.inWindow()).asDoubleStream().toArray();
      JobSpec job =
          JOB.with(
              JobSpec::hash,
              JOB.hash()
                  .with(HashOptions::cold, ColdPolicy.HASH)
                  .with(HashOptions::value, value)
                  .with(HashOptions::signatureBits, 5)
                  .with(HashOptions::counts, which));
      MapBuilder.Result result = new MapBuilder(job, 0, 7).build(0, true, counts, teacher, null);
      assertThat(result.inputs()).hasSize(4);
      for (MapBuilder.Input input : result.inputs()) {
        assertThat(input.counts()).containsExactly(weights);
        if (input.spec().startsWith("learned-2")) {
          assertThat(input.columns()).hasSize(2);
          for (int d = 0; d < 2; d++) {
            double[] column = input.columns().get(d);
            for (int i = 0; i < n; i++) {
              assertThat(column[i]).isEqualTo(vectors[2 * i + d]);
            }
          }
        } else {
          assertThat(input.columns()).hasSize(1);
          assertThat(input.columns().get(0)).containsExactly(value.select(vectors, 2, weights));
        }
      }
      MapVersion.Header header = learned(result).header();
      assertThat(header.cold()).isEqualTo(ColdPolicy.HASH);
      assertThat(header.signatureBits()).isEqualTo(5);
      assertThat(header.options()).isEqualTo(job.hash().cluster().describe());
    }
  }

  // a field with too few ids to be compressed has drift and no map, with and without a teacher
  @Test
  void smallFieldsHaveNoMap() {
    MapBuilder.Result result = new MapBuilder(JOB, 1, 7).build(0, true, counts(), null, null);
    assertThat(result.maps()).isEmpty();
    assertThat(result.without()).isEmpty();
    assertThat(result.drift().mapSpec()).isNull();
  }
}
