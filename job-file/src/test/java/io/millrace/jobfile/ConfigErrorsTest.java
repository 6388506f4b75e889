package io.millrace.jobfile;

import static io.millrace.jobfile.SmallFile.SMALL;
import static io.millrace.jobfile.SmallFile.fails;
import static io.millrace.jobfile.SmallFile.parse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.spec.HashOptions;
import io.millrace.spec.RefreshOptions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law: an error names key, value, rule and place. */
class ConfigErrorsTest {

  // Law: an error in one value says which key, which rule, what was given, and where.
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "student: {dim: 0} # student.dim must be in 1..4096 but was '0' (job.yaml:9)",
        "student: {dim: x} # student.dim must be a whole number but was 'x' (job.yaml:9)",
        "student: {dmi: 8} # student.dmi is not a key; did you mean 'dim'? (job.yaml:9)",
        "studnet: {dim: 8} # studnet is not a key; did you mean 'student'? (job.yaml:9)",
        "student: {dim: 8, dim: 9} # student.dim must be there once but was there twice"
            + " (job.yaml:9)",
        "student: 8 # student must be a section of keys but was '8' (job.yaml:9)",
        "student: {wait_for_maps: live} # student.wait_for_maps must be one of true, false,"
            + " until-live but was 'live' (job.yaml:9)",
        "student: {mlet_k: 8} # student.mlet_k must be >= dim (16), as a smaller one bounds the"
            + " rank of the table (MLET, Theorem 2.2), but was 8 (job.yaml:9)",
        "hash: {middle: 1} # hash.middle must be in 0..0.95 but was '1' (job.yaml:9)",
        "windows: {size: 1x} # windows.size must be a duration such as 30s, 10m, 12h or 1d but was"
            + " '1x' (job.yaml:9)",
        "windows: {size: 1d, slide: 7h} # windows.size must be a multiple of slide (25200000 ms)"
            + " but was 86400000 ms (job.yaml:9)",
        "windows: {late: tain} # windows.late must be one of train, drop but was 'tain'; did you"
            + " mean 'train'? (job.yaml:9)",
        "limits: {max_jump: -1s} # limits.max_jump must be >= 0s but was '-1s' (job.yaml:9)",
        "limits: {max_jump: two} # limits.max_jump must be a duration such as 30s, 10m, 12h or 1d but"
            + " was 'two' (job.yaml:9)",
        "counts: {decay: 0} # counts.decay must be > 0 and <= 1 but was '0' (job.yaml:9)",
        "student: {exchange: 0s} # student.exchange must be >= 1 ms but was '0s' (job.yaml:9)",
        "parallelism: {source: 3} # parallelism.source must be at most kafka.partitions (2), as a"
            + " reader without one holds back time, but was '3' (job.yaml:9)",
        "hash: {cluster: {filters: paperr}} # hash.cluster.filters",
        "format: {separator: ''} # format.separator must be a text without quotes and line breaks,"
            + " such as ';', but was '' (job.yaml:9)",
        "format: {separator: '\"'} # format.separator must be a text without quotes and line breaks,"
            + " such as ';', but was '\"' (job.yaml:9)",
        "format: {type: jsonl, separator: ;} # format.separator is for csv and tsv, but type was"
            + " jsonl (job.yaml:9)",
        "format: {encoding: utf-9} # format.encoding must be one that Java knows, such as utf-8,"
            + " iso-8859-1, windows-1252 or utf-16, but was 'utf-9' (job.yaml:9)",
        "format: {missing: [NA, \"\\N\"]} # format.missing must not hold U+0085, which YAML reads for"
            + " \"\\N\"; write '\\N' in single quotes, but was 'a list' (job.yaml:9)",
        "drift: {ne: [kswin, eddm]} # drift.ne must be any of adwin, page-hinkley, kswin but was 'a list'",
        "drift: {webhook: 'http://a b/hush'} # drift.webhook must be a URL with http or https but was '****'",
        "drift: {webhook: 'ftp://a/hush'} # drift.webhook must be a URL with http or https but was '****'",
        "drift: {parts: 0} # drift.parts must be in 1..86400 sub-windows but was '0'",
        "drift: {floor: true} # drift.floor must be one of second-teacher, off but was 'true'"
            + " (job.yaml:9)",
      })
  void errorsHoldKeyRuleValueAndPlace(String line, String message) {
    assertThatThrownBy(() -> parse(SMALL + line + "\n"))
        .isInstanceOf(ConfigException.class)
        .message()
        .startsWith(message);
  }

  // Law: a text of the schema cannot be a label and no label.
  @Test
  void aMissingTextIsNotPositive() {
    fails(
        SMALL.replace("{column: y}", "{column: y, positive: [yes, NA]}")
            + "format: {missing: NA}\n",
        "schema.label.positive must not hold a text of format.missing but holds 'NA' (job.yaml:3)");
  }

  // Law: a tab may be written with a backslash, as quotes do in YAML.
  @Test
  void aTabHasTwoSpellings() {
    for (String tab : new String[] {"'\\t'", "\"\\t\"", "\\t"}) {
      assertThat(parse(SMALL + "format: {separator: " + tab + "}\n").format().separator())
          .isEqualTo("\t");
    }
  }

  // Law: an error of the file as a whole names its place too.
  @Test
  void errorsOfTheWholeFile() {
    fails("", "a job file must hold keys but job.yaml is empty");
    fails("name: a\n", "schema.label.column must be set but was missing (job.yaml:1)");
    fails(
        SMALL.replace("{name: a, hash: full}", "{hash: full}"),
        "arms[0].name must be set but was missing (job.yaml:8)");
    fails(
        SMALL.replace("expected_ids: 10", "expected_ids: {u: 3}"),
        "schema.categorical[0].expected_ids.v must be set but was missing (job.yaml:6)");
    fails(
        SMALL.replace("[u, v]", "[u, u]"),
        "schema.categorical names must be unique but 'u' was there twice (job.yaml:3)");
    assertThatThrownBy(() -> parse("name: [a\nb: c"))
        .isInstanceOf(ConfigException.class)
        .hasMessageMatching("the job file must be YAML but is not: .* \\(job.yaml:2\\)");
  }

  // Law: what replicas of a student cannot do yet is refused, with its reason; an arm that cannot
  // have several has one where it does not ask for them.
  @Test
  void replicasNeedTheirSettings() {
    String exchange = "student: {exchange: 1h, regret_events: 0}\n";
    String two = SMALL.replace("full", "two-level, replicas: 2");
    assertThat(parse(two + exchange).spec().arms().get(0).replicas()).isEqualTo(2);
    String trainers = "parallelism: {trainers: 3}\n";
    assertThat(parse(SMALL + trainers).spec().arms().get(0).replicas()).isEqualTo(1);
    assertThat(parse(SMALL.replace("full", "modulo") + trainers + exchange).spec().arms().get(0))
        .extracting(arm -> arm.replicas())
        .isEqualTo(3);
    String rule = "arms[0].replicas must be 1 ";
    String was = ", but was 2 (job.yaml:8)";
    fails(
        SMALL.replace("full", "full, replicas: 2") + exchange,
        rule + "with hash full, whose rows have no bound" + was);
    fails(
        SMALL.replace("full", "modulo, table: pep, replicas: 2") + exchange,
        rule + "with table pep, whose thresholds all weights share" + was);
    fails(
        two,
        rule
            + "unless student.exchange is set, such as 1m, after which they exchange what they have"
            + " learned; millrace check then proposes a length for the rate of a log"
            + was);
    fails(
        two + exchange.replace("1h", "7h"),
        rule
            + "unless student.exchange (7h) divides windows.slide (1d), so that no"
            + " interval crosses the end of a window"
            + was);
    fails(
        two + exchange + "hash: {refresh: both}\ndrift: {parts: 48}\n",
        rule
            + "unless student.exchange (1h) divides windows.slide (1d) divided by"
            + " drift.parts (48), so that no interval crosses an end at which maps may be built"
            + was);
    fails(
        two + exchange.replace("0}", "0, order: arrival}"),
        rule + "unless student.order is event-time, by which intervals are cut" + was);
    fails(
        two + exchange.replace("0}", "0, table: {rule: adam}}"),
        rule
            + "unless student.table.rule is rowwise-adagrad, adagrad or sgd, as Adam's steps would"
            + " add up"
            + was);
    for (String waiting : List.of("false", "until-live")) {
      fails(
          two + exchange.replace("0}", "0, wait_for_maps: " + waiting + "}"),
          rule
              + "unless student.wait_for_maps is true, as all must take a map at the same event"
              + was);
    }
    fails(
        two + exchange + "hash: {trial: true}\n",
        rule
            + "unless hash.trial is false, as a candidate with new maps would need replicas of its"
            + " own"
            + was);
    fails(
        two + exchange.replace("regret_events: 0", "dim: 16"),
        rule
            + "unless student.regret_events is 0, as replicas cannot be compared with a shadow yet"
            + was);
  }

  // Law: the label is no feature, under any name.
  @Test
  void theLabelIsNoFeature() {
    String rule =
        " has the label column y, which a model must not see; remove it from the features";
    fails(
        SMALL.replace(
            "  categorical:", "  dense: [{columns: a}, {columns: [b, y]}]\n  categorical:"),
        "schema.dense[1].columns" + rule + " (job.yaml:5)");
    fails(
        SMALL.replace("[u, v]", "[u, v, y]"),
        "schema.categorical[0].columns" + rule + " (job.yaml:6)");
    fails(
        SMALL.replace("{columns: [u, v],", "{name: z, columns: y,"),
        "schema.categorical[0].columns" + rule + " (job.yaml:6)");
  }

  // Law: two-level maps can do without a teacher, which then learns nothing; learned maps cannot.
  @Test
  void aTeacherCanBeSwitchedOff() {
    String off = "teacher: {sample: 0}\n" + SMALL.replace("full", "two-level");
    assertThat(parse(off).spec().needsTeacher()).isFalse();
    assertThat(parse(off.replace("sample: 0", "sample: 0.5")).spec().needsTeacher()).isTrue();
    fails(
        off.replace("two-level", "learned"),
        "teacher.sample must be > 0 for the learned map of arm a but was 0 (job.yaml:1)");
  }

  // Law: maps that are built within a window need counts that go on across windows, and a detector.
  @Test
  void refreshesNeedCountsAndDetectors() {
    String drift = "hash: {refresh: drift}\n";
    String none = "new_traffic: [], psi: [], label_rate: [], teacher_ne: []";
    assertThat(parse(SMALL + "hash: {counts: window}\n").spec().hash().counts())
        .isEqualTo(HashOptions.Counts.WINDOW);
    assertThat(parse(SMALL + drift + "drift: {" + none.replace("psi: [], ", "") + "}").spec())
        .extracting(spec -> spec.hash().refresh())
        .isEqualTo(new RefreshOptions(RefreshOptions.When.DRIFT, 2, 6));
    fails(
        SMALL + "hash: {counts: window, refresh: drift}\n",
        "hash.counts must be decayed where refresh is drift or both, as maps are then built within"
            + " windows, but was window (job.yaml:9)");
    fails(
        SMALL + "hash: {refresh: drifts}\n",
        "hash.refresh must be one of windows, drift, both but was 'drifts'; did you mean 'drift'?"
            + " (job.yaml:9)");
    fails(
        SMALL + "hash: {refresh_gap: 0}\n",
        "hash.refresh_gap must be in 1..1048576 sub-windows but was '0' (job.yaml:9)");
    fails(
        SMALL + drift + "drift: {loss: [adwin], " + none + "}\n",
        "hash.refresh must be windows where no detector watches traffic, label rate or teacher, but was"
            + " drift (job.yaml:9)");
  }
}
