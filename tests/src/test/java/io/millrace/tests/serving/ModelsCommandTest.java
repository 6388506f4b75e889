package io.millrace.tests.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.cli.Millrace;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laws of {@code millrace models} on the versions of a run of three days. */
class ModelsCommandTest {

  private static final String ARMS =
      """
      arms:
        - {name: two-level, hash: two-level, bytes: 10%}
        - {name: full, hash: full}
        - {name: linear, hash: none}
      """;

  @TempDir static Path folder;

  private static Path run;

  @BeforeAll
  static void train() throws IOException {
    Path job = folder.resolve("job.yaml");
    Files.writeString(job, SmallStream.job().replaceAll("(?s)arms:.*", ARMS));
    run = folder.resolve("run");
    Path events = SmallStream.writeEvents(folder, 3);
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", run);
  }

  private static String models(String command, Object folder, Object... more) {
    Object[] args = new Object[4 + more.length];
    args[0] = "models";
    args[1] = command;
    args[2] = "--model";
    args[3] = folder;
    System.arraycopy(more, 0, args, 4, more.length);
    return Commands.succeed(args).out();
  }

  /** Law: a run directory, the folder of all arms and that of one arm list the same versions. */
  @Test
  void listsTheVersionsOfAllArms() {
    String all = models("list", run);
    assertThat(all.lines()).hasSize(1 + 3 * 3);
    assertThat(models("list", run.resolve("models"))).isEqualTo(all);
    String one = models("list", run.resolve("models/linear"));
    assertThat(all).contains(one.lines().skip(1).toList());
    assertThat(one.lines().toList().get(3))
        .startsWith("linear")
        .contains("6,000")
        .endsWith("newest");
  }

  /** Law: a version shows its parts; of equal versions nothing differs. */
  @Test
  void showsAndCompares() {
    Path arm = run.resolve("models/two-level");
    assertThat(models("show", arm))
        .contains("version            3", "field f7", "map 2", "linear part");
    assertThat(models("show", arm, "--version", "1")).contains("version            1");
    String same = models("diff", arm, "--from", "3", "--to", "3");
    assertThat(same.lines().skip(2))
        .allMatch(line -> line.matches("\\S+( f\\d)? +0 +[\\d,]+ +0[.]0000.*"));
    assertThat(models("diff", arm, "--from", "2"))
        .contains("version 2 to 3, +2,000 events learned", "another map");
    assertThat(models("diff", run.resolve("models/full"), "--from", "1", "--to", "2"))
        .containsPattern("field f7 +[\\d,]+ +[\\d,]+ +\\d[.]\\d{4} +[1-9]\\d* new ids, 0 ids gone");
  }

  /**
   * Law: an activated version is pinned until the newest is; a version that is not there is an
   * error.
   */
  @Test
  void activatesAVersion() {
    Path arm = run.resolve("models/linear");
    models("activate", arm, "--version", "2");
    assertThat(models("list", arm).lines().toList().get(2)).endsWith("pinned");
    assertThat(models("list", arm).lines().toList().get(3)).endsWith("newest, not served");
    models("activate", arm, "--version", "latest");
    assertThat(models("list", arm)).doesNotContain("pinned");
    assertThat(Commands.run("models").err()).contains("a command is missing");
  }

  /**
   * Law: an error names the versions that are there, or the folder that was meant; nothing is
   * pinned or unpinned then.
   */
  @Test
  void namesWhatIsThere() {
    Path arm = run.resolve("models/linear");
    assertThat(refused("activate", arm, "--version", "9"))
        .contains("the version must be one of [1, 2, 3], which " + arm + " holds, but was 9");
    assertThat(refused("diff", arm, "--from", "9")).contains("must be one of [1, 2, 3]");
    for (String version : new String[] {"2", "latest"}) {
      assertThat(refused("activate", run, "--version", version))
          .contains("--model must be the folder of one arm, such as " + run.resolve("models/full"))
          .contains("but " + run + " holds 3 arm(s)");
      assertThat(refused("activate", folder, "--version", version))
          .contains("no such file: " + folder + " (the folder of an arm has a file LATEST)");
      assertThat(refused("activate", folder.resolve("typo"), "--version", version))
          .contains("no such file: " + folder.resolve("typo"));
    }
    assertThat(refused("show", run)).contains("--model must be the folder of one arm");
    assertThat(models("show", arm.resolve("v000002"))).contains("version            2");
  }

  private static String refused(String command, Path folder, Object... more) {
    List<Object> args = new ArrayList<>(List.of("models", command, "--model", folder));
    args.addAll(List.of(more));
    Commands.Outcome outcome = Commands.run(args.toArray());
    assertThat(outcome.code()).isEqualTo(Millrace.USAGE);
    return outcome.err();
  }
}
