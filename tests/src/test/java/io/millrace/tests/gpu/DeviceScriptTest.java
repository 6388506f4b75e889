package io.millrace.tests.gpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.jobfile.JobConfig;
import io.millrace.spec.ArmSpec;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: {@code tests/gpu/check.sh} fits the project, also where nobody has a card to run it. */
class DeviceScriptTest {

  private final Path root = ProjectRoot.find();
  private final Path script = root.resolve("tests/gpu/check.sh");

  @TempDir Path folder;

  // Law: it trains the example's maps, with the teacher on libtorch and students on plain Java.
  @Test
  void theJobIsTheExamples() throws Exception {
    Path file = Files.writeString(folder.resolve("job.yaml"), bash("job"));
    JobConfig job = JobConfig.read(file);
    assertThat(job.spec().teacher().trainer().engine()).isEqualTo("djl");
    assertThat(job.spec().arms().get(0).learner().trainer().engine()).isEqualTo("plain");
    assertThat(job.spec().arms().stream().map(ArmSpec::name))
        .containsExactly("learned-10", "two-level-10");
  }

  @Test
  void wrongUseIsAnError() throws Exception {
    assertThat(bash("train")).contains("check.sh: unknown step 'train'; usage:");
  }

  private String bash(String argument) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("bash", script.toString(), argument).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(printed).isEqualTo(printed.startsWith("check.sh:") ? 1 : 0);
    return printed;
  }

  // Law: versions are those of the build; the classes that it starts are there.
  @Test
  void versionsAreTheBuilds() throws Exception {
    String text = Files.readString(script);
    String pom = Files.readString(root.resolve("pom.xml"));
    assertThat(first(text, "(?m)^version=(.*)$"))
        .isEqualTo(first(pom, "<pytorch.version>(.*)</pytorch.version>"));
    assertThat(first(text, "assertj-core:([0-9.]+)"))
        .isEqualTo(first(pom, "assertj-core</artifactId><version>([0-9.]+)<"));
    assertThat(Class.forName(first(text, "(?m)^main=(.*)$"))).isEqualTo(DeviceCheck.class);
    assertThat(Pattern.compile("--select-class (\\S+)").matcher(text).results())
        .hasSize(2)
        .allSatisfy(selected -> assertThat(source(selected.group(1))).exists());
  }

  private Path source(String testClass) {
    return root.resolve("model-core/src/test/java/" + testClass.replace('.', '/') + ".java");
  }

  private static String first(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1);
  }

  // Law: PyTorch is timed for the same batches and layers.
  @Test
  void stepsAreThoseOfPyTorch() throws IOException {
    String java =
        Files.readString(root.resolve("tests/src/test/java/io/millrace/tests/gpu/StepTimes.java"));
    String python = Files.readString(root.resolve("tests/gpu/steps.py"));
    String batches = first(java, "BATCHES = \\{(.*)}").replace("_", "");
    assertThat(first(python, "BATCHES = \\[(.*)]")).isEqualTo(batches);
    assertThat(first(python, "layers = \\[(.*)]"))
        .isEqualTo(first(java, "List.of\\(([0-9, ]+)\\)"));
  }
}
