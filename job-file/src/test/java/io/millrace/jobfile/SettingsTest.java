package io.millrace.jobfile;

import static io.millrace.jobfile.SmallFile.SMALL;
import static io.millrace.jobfile.SmallFile.arm;
import static io.millrace.jobfile.SmallFile.parse;
import static io.millrace.jobfile.SmallFile.resource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Law: what a job file leaves unset is as in the savepoint that the job continues from. */
class SettingsTest {

  private static final String TWO_ARMS =
      SMALL.replace("{name: a, hash: full}", "{name: a, hash: full}\n  - {name: b, hash: full}");

  /** The settings of a job, written and read as a savepoint holds them. */
  private static Settings saved(String yaml) throws IOException {
    return stored(parse(yaml).settings());
  }

  private static Settings stored(Settings settings) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    settings.write(new DataOutputStream(bytes));
    return Settings.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
  }

  /** A file without what its state holds. */
  private static String stripped(String yaml) {
    return Arrays.stream(yaml.split("\n(?=[a-z])"))
        .filter(part -> !part.matches("(?s)(windows|counts|teacher|student|hash|drift|seeds):.*"))
        .map(part -> part.replaceAll("(?m)^  - \\{name: (l|p),.*", "  - {name: $1}"))
        .map(part -> part.replace(", rows: bf16", ""))
        .collect(Collectors.joining("\n"));
  }

  private static Map<String, String> values(JobConfig job) {
    Map<String, String> values = new TreeMap<>();
    for (ConfigKey<?> key : ConfigKeys.all()) {
      for (String arm : key.path().startsWith("arms[]") ? List.of("l", "p") : List.of("")) {
        String name = arm.isEmpty() ? null : arm;
        if (SavedKeys.include(key)) {
          values.put(Settings.name(key, name), job.settings().get(key, name));
        }
      }
    }
    return values;
  }

  // Law: a file without any of the saved keys goes on as the job that set them all, and so does the
  // job after it; a note names each value that is not the default.
  @Test
  void aFileThatSetsNothingGoesOnAsTheJobBefore() throws IOException {
    JobConfig before = parse(resource("every-key.yaml"));
    String file = stripped(resource("every-key.yaml"));
    assertThat(file).doesNotContain("mlet_k", "rows", "kswin", "3, 4]").contains("name: l}");
    JobConfig after = parse(file, stored(before.settings()));
    assertThat(values(after)).isEqualTo(values(before)).isNotEqualTo(values(parse(file)));
    assertThat(after.spec().windows()).isEqualTo(before.spec().windows());
    assertThat(after.spec().counts()).isEqualTo(before.spec().counts());
    assertThat(after.spec().drift()).isEqualTo(before.spec().drift());
    assertThat(after.seeds()).isEqualTo(before.seeds());
    assertThat(after.spec().arms())
        .extracting(a -> a.budget().key(), a -> a.options(), a -> a.learner().linear())
        .isEqualTo(
            before.spec().arms().stream()
                .map(a -> tuple(a.budget().key(), a.options(), a.learner().linear()))
                .toList());
    JobConfig third = parse(file, stored(after.settings()));
    assertThat(values(third)).isEqualTo(values(before));
    assertThat(after.notes())
        .contains(
            "teacher.dim is unset: 3, as in the savepoint (the default is 2)",
            "windows.slide is unset: 12h, as in the savepoint (the default is empty)",
            "arms[1].student.dim is unset: 6, as in the savepoint (student.dim is 8)")
        .noneMatch(note -> note.startsWith("arms[0].student"));
    assertThat(third.notes()).isEqualTo(after.notes());
  }

  // Law: what the file sets holds, be it in the arm or for all arms; then there is nothing to note.
  @Test
  void theFileGoesFirst() throws IOException {
    Settings saved =
        saved("student: {batch: 64}\n" + arm("hash: full, student: {mlet_k: 24, batch: 32}"));
    JobConfig job = parse("student: {batch: 256}\n" + arm("student: {mlet_k: 48}"), saved);
    assertThat(job.spec().arms().get(0).learner().trainer().batch()).isEqualTo(256);
    assertThat(job.spec().arms().get(0).learner().mlet().k()).isEqualTo(48);
    assertThat(job.notes())
        .containsExactly(
            "arms[0].hash is unset: full, as in the savepoint (the default is two-level)");
    assertThat(parse(SMALL).notes()).isEmpty();
    assertThat(parse(SMALL, saved(SMALL)).notes()).isEmpty();
  }

  // Law: where one of several keys for the same thing is set, the savepoint's others do not hold.
  @Test
  void aBudgetIsSetByOneKey() throws IOException {
    String linear = ", student: {linear: {slots: 50}}";
    Settings saved = saved(arm("hash: modulo, bytes: 5%" + linear));
    JobConfig job = parse(arm("hash: modulo, rows: 7, student: {linear: {share: 0.1}}"), saved);
    assertThat(job.spec().arms().get(0).budget().key()).isEqualTo("rows7");
    assertThat(job.spec().arms().get(0).learner().linear().slots()).isZero();
    assertThat(job.notes()).isEmpty();
    job = parse(arm("hash: modulo"), saved);
    assertThat(job.spec().arms().get(0).budget().key()).isEqualTo("share0.05");
    assertThat(job.spec().arms().get(0).learner().linear().slots()).isEqualTo(50);
  }

  // Law: a savepoint from before settings were kept has the defaults of that time; an arm that is
  // new has today's, and a note says so.
  @Test
  void aSavepointWithoutSettingsHasFormerDefaults() throws IOException {
    JobConfig job = parse(TWO_ARMS, Settings.before(List.of("a")));
    assertThat(job.spec().arms())
        .extracting(arm -> arm.learner().linear().share())
        .containsExactly(0., .2);
    assertThat(job.notes())
        .contains(
            "student.linear.share is unset: 0, as in the savepoint (the default is 0.2)",
            "arms[1].student.linear.share is unset: 0.2, the default, as the savepoint has no arm b"
                + " (student.linear.share is 0)");
    assertThat(job.notes()).noneMatch(note -> note.startsWith("arms[0]"));
    // and both go on as they are
    JobConfig next = parse(TWO_ARMS, stored(job.settings()));
    assertThat(next.spec().arms()).isEqualTo(job.spec().arms());
    assertThat(next.notes())
        .contains(
            "arms[1].student.linear.share is unset: 0.2, as in the savepoint"
                + " (student.linear.share is 0)");
    JobConfig set =
        parse("student: {linear: {share: 0.2}}\n" + TWO_ARMS, Settings.before(List.of("a")));
    assertThat(set.spec().arms())
        .extracting(arm -> arm.learner().linear().share())
        .containsExactly(.2, .2);
  }

  // Law: an arm without a network keeps the step that it has had.
  @Test
  void aLinearArmKeepsItsBatch() throws IOException {
    for (String[] settingAndBatch : new String[][] {{"", "1"}, {", student: {batch: 64}", "64"}}) {
      Settings saved = saved(arm("hash: none" + settingAndBatch[0]));
      JobConfig job = parse("student: {dim: 8}\n" + arm("hash: none"), saved);
      assertThat(job.spec().arms().get(0).learner().trainer().batch())
          .isEqualTo(Integer.parseInt(settingAndBatch[1]));
    }
    Settings saved = saved(arm("hash: none"));
    JobConfig job = parse("student: {batch: 512}\n" + arm("hash: none"), saved);
    assertThat(job.spec().arms().get(0).learner().trainer().batch()).isEqualTo(1);
    String resolved = job.toYaml();
    assertThat(parse(resolved).toYaml()).isEqualTo(resolved).contains("batch: 1\n");
  }

  // Law: keys of a process, and keys of how records are read, have today's defaults.
  @Test
  void otherKeysAreNotTaken() throws IOException {
    Settings saved =
        saved(
            "teacher: {engine: plain}\ncounts: {memory_mb: 9}\nlimits: {max_ahead: 9d}\n" + SMALL);
    JobConfig job = parse(SMALL, saved);
    assertThat(job.resolved()).isEqualTo(parse(SMALL).resolved());
    assertThat(job.notes()).isEmpty();
  }

  // Law: a saved value that its key does not take any more is refused by name, and an error names
  // the values that the file does not show.
  @Test
  void whatTheSavepointHasIsInTheMessage() {
    Settings strange = new Settings(List.of("a"), Map.of("teacher.dim", "0"), List.of());
    assertFails(
        SMALL,
        strange,
        "teacher.dim is unset and must be in 1..4096, but the savepoint has '0': set it (job.yaml:1)");
    strange = new Settings(List.of("a"), Map.of("hash.value", "pca2"), List.of());
    assertFails(
        SMALL,
        strange,
        "hash.value is unset and must be one of pca1, dim0, maxvar, but the savepoint has 'pca2':"
            + " set it (job.yaml:1)");
    Settings combined = new Settings(List.of("a"), Map.of("arms[a].combine", "mult"), List.of());
    assertThatThrownBy(() -> parse(arm("hash: double"), combined))
        .hasMessageContaining("arms[0].combine must be sum or concat for hash double but was mult")
        .hasMessageContaining("arms[0].combine is unset: mult, as in the savepoint");
  }

  private static void assertFails(String yaml, Settings saved, String message) {
    assertThatThrownBy(() -> parse(yaml, saved))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }

  // Law: state whose settings nobody has read before the job is refused where an unset key differs,
  // with all such keys; a key that is set may differ, and an arm may be new.
  @Test
  void stateThatWasNotReadBeforeIsCompared() throws IOException {
    Settings was = saved("teacher: {dim: 4}\ncounts: {decay: 0.5}\n" + SMALL);
    Settings is = parse("counts: {decay: 0.25}\n" + TWO_ARMS).settings();
    assertThatThrownBy(() -> is.check(was))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "job: keys that the job file leaves unset must be as in the saved state but are not: set"
                + " teacher.dim: 4 (was 2), or submit the job where --from can be read");
    assertThatCode(() -> parse("counts: {decay: 0.25}\n" + TWO_ARMS, was).settings().check(was))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> parse(SMALL).settings().check(Settings.before(List.of())))
        .hasMessageContaining("student.linear.share: 0 (was 0.2)");
    assertThatCode(() -> Settings.NONE.check(was)).doesNotThrowAnyException();
  }
}
