package io.millrace.tests.inputs;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.cli.Millrace;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: whatever the user gets wrong, the answer is one line that names the place, the value and the
 * rule, with exit code 2 where the input is wrong and 1 where the work failed, and no stack trace.
 */
class WrongInputsTest {

  @TempDir static Path folder;

  private static Path job;
  private static Path events;
  private static Path run;

  @BeforeAll
  static void trainOnce() throws IOException {
    job = SmallStream.writeJob(folder);
    events = SmallStream.writeEvents(folder, 1);
    run = folder.resolve("run");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", run);
  }

  @Test
  void eventsThatAreNotThere() {
    Path file = folder.resolve("nope.csv");
    assertUsage(train(job, file), "--events must be a file but was '" + file + "'");
    assertUsage(
        Commands.run("check", "--job", job, "--events", file),
        "--events must be a file but was '" + file + "'");
    assertUsage(score(model("full"), file), "--events must be a file but was '" + file + "'");
  }

  @Test
  void aJobFileThatIsNotThere() {
    Path file = folder.resolve("nope.yaml");
    String expected = "--job must be a file but was '" + file + "'";
    assertUsage(train(file, events), expected);
    assertUsage(Commands.run("check", "--job", file, "--events", events), expected);
  }

  @Test
  void aJobFileThatIsNotYaml() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.yaml"), "name: small\nhash: {min_rows: 5\n");
    assertUsage(train(file, events), "the job file must be YAML but is not: ", "(bad.yaml:");
  }

  @Test
  void anUnknownKey() throws IOException {
    Path file = changedJob("teacher: {dim: 2", "teacher: {dims: 2");
    assertUsage(
        train(file, events),
        "teacher.dims is not a key; did you mean 'dim'?",
        "(" + file.getFileName() + ":10)");
  }

  @Test
  void aValueOfAnotherType() throws IOException {
    Path file = changedJob("teacher: {dim: 2", "teacher: {dim: two");
    assertUsage(
        train(file, events),
        "teacher.dim must be a whole number but was 'two' (" + file.getFileName() + ":10)");
  }

  @Test
  void aValueOutOfRange() throws IOException {
    Path file = changedJob("teacher: {dim: 2", "teacher: {dim: 0");
    assertUsage(
        train(file, events),
        "teacher.dim must be in 1..4096 but was '0' (" + file.getFileName() + ":10)");
  }

  @Test
  void aHugeDuration() throws IOException {
    Path file = changedJob("hash:\n", "windows: {size: 999999999999d}\nhash:\n");
    assertUsage(
        train(file, events),
        "windows.size must be at most 100000d but was '999999999999d'",
        "(" + file.getFileName() + ":12)");
  }

  @Test
  void aDurationBeyondAnyCalendar() throws IOException {
    Path file = changedJob("hash:\n", "windows: {size: 100001d}\nhash:\n");
    assertUsage(
        train(file, events),
        "windows.size must be at most 100000d but was '100001d'",
        "(" + file.getFileName() + ":12)");
  }

  @Test
  void aColumnThatIsNotThere() throws IOException {
    Path file = changedJob("label: {column: label}", "label: {column: labels}");
    assertUsage(
        train(file, events),
        events + " must have the column 'labels' but its header has [event_time, label, ",
        "did you mean 'label'?");
  }

  @Test
  void anEmptyFile() throws IOException {
    Path file = Files.createFile(folder.resolve("empty.csv"));
    assertUsage(train(job, file), file + " must hold events but is empty");
  }

  @Test
  void aHeaderAlone() throws IOException {
    Path file = Files.write(folder.resolve("header.csv"), SmallStream.lines(events).subList(0, 1));
    String expected =
        "--events must hold labelled events but '" + file + "' has none: it has only a header";
    assertUsage(train(job, file), expected);
    assertUsage(demo(job, file), expected);
  }

  @Test
  void rubbish() throws IOException {
    byte[] bytes = new byte[10_000];
    new SplittableRandom(1).nextBytes(bytes);
    Path file = Files.write(folder.resolve("rubbish.csv"), bytes);
    assertUsage(
        train(job, file),
        file + " must be text (csv, tsv or jsonl; plain, gzip or zstd) but has the");
  }

  @Test
  void rowsOfRubbish() throws IOException {
    String header = SmallStream.lines(events).get(0);
    Path file =
        Files.writeString(folder.resolve("rows.csv"), header + "\n" + "what,ever\n".repeat(50));
    for (Commands.Outcome outcome : List.of(train(job, file), demo(job, file))) {
      assertUsage(
          outcome,
          "--events must hold labelled events but '" + file + "' has none: rejected as {",
          "=50}; ",
          "rejects.jsonl says why");
    }
  }

  @Test
  void aGzipFileThatEndsEarly() throws IOException {
    byte[] whole = gzip(Files.readAllBytes(events));
    Path early = Files.write(folder.resolve("early.csv.gz"), Arrays.copyOf(whole, 200));
    Path late =
        Files.write(folder.resolve("late.csv.gz"), Arrays.copyOf(whole, whole.length - 100));
    for (Path file : List.of(early, late)) {
      assertUsage(
          train(job, file), file + " must be a whole gzip file but ends or breaks in the middle: ");
    }
  }

  @Test
  void aRunDirectoryInUse() {
    assertUsage(
        Commands.run("train", "--job", job, "--events", events, "--run-dir", run),
        "--run-dir must be new or empty but '" + run + "' holds run.json");
  }

  @Test
  void aRunDirectoryThatCannotBeMade() {
    Path below = events.resolve("run");
    assertUsage(
        Commands.run("train", "--job", job, "--events", events, "--run-dir", below),
        "--run-dir '" + below + "' cannot be made: " + events + " is a file");
    assertUsage(
        Commands.run("train", "--job", job, "--events", events, "--run-dir", events),
        "--run-dir '" + events + "' cannot be made: " + events + " is a file");
  }

  @Test
  void aSavepointThatIsNotOne() throws IOException {
    String rule =
        "--from must be a savepoint or a retained checkpoint, which holds a file _metadata, but was '";
    Path nowhere = folder.resolve("chk-7");
    assertUsage(runFrom(nowhere), rule + nowhere + "': it does not exist");
    assertUsage(runFrom(run), rule + run + "': it holds none");
    assertUsage(runFrom("nfs://machine/chk-7"), rule + "nfs://machine/chk-7': ");
    Path damaged = Files.createDirectories(folder.resolve("chk-8"));
    Files.writeString(damaged.resolve("_metadata"), "what?");
    assertFailure(runFrom(damaged), "--from '" + damaged + "' is damaged, ", " cannot be read: ");
    assertFailure(runFrom(events), "--from '" + events + "' is damaged, ", " cannot be read: ");
    assertThat(folder.resolve("gone-on")).doesNotExist();
  }

  private static Commands.Outcome runFrom(Object savepoint) {
    Path fresh = folder.resolve("gone-on");
    return Commands.run("run", "--job", job, "--run-dir", fresh, "--from", savepoint);
  }

  @Test
  void anOutputThatCannotBeWritten() {
    Path below = events.resolve("scores.csv");
    Commands.Outcome outcome =
        Commands.run("score", "--model", model("full"), "--events", events, "--output", below);
    assertUsage(outcome, "--output '" + below + "' cannot be written: " + events + " is a file");
    Path absent = folder.resolve("absent").resolve("scores.csv");
    outcome =
        Commands.run("score", "--model", model("full"), "--events", events, "--output", absent);
    assertUsage(
        outcome,
        "--output '" + absent + "' cannot be written: there is no folder " + absent.getParent());
  }

  @Test
  void aReportOfNothing() {
    Path absent = folder.resolve("no-run");
    assertUsage(
        Commands.run("report", "--run-dir", absent),
        "--run-dir must be a folder but was '" + absent + "'");
    assertUsage(
        Commands.run("report", "--run-dir", folder),
        "--run-dir must be the folder of a run but '" + folder + "' holds no run.json");
  }

  @Test
  void aPortInUse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertFailure(
          Commands.run("serve", "--model", model("full"), "--port", port),
          "--port " + port + " is in use");
      Path demo = folder.resolve("demo");
      assertFailure(
          Commands.run("demo", "--job", job, "--events", events, "--run-dir", demo, "--port", port),
          "--port " + port + " is in use: choose another port, or none with --headless");
      assertThat(demo).doesNotExist();
    }
  }

  @Test
  void aDamagedModel() throws IOException {
    Path version = newestVersion(model("learned"));
    Path copy = Files.createDirectories(folder.resolve("damaged"));
    for (String name : List.of("manifest.json", "model.safetensors")) {
      Files.write(copy.resolve(name), Files.readAllBytes(version.resolve(name)));
    }
    Path tensors = copy.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(tensors);
    bytes[bytes.length / 2] ^= 1;
    Files.write(tensors, bytes);
    assertFailure(score(copy, events), tensors + ": damaged, its checksum must be ", " but is ");

    Files.write(tensors, Arrays.copyOf(bytes, 100));
    assertFailure(
        score(copy, events), tensors + ": must have " + bytes.length + " bytes but has 100");

    Files.delete(tensors);
    assertUsage(score(copy, events), "no such file: " + tensors);

    Path manifest = Files.writeString(copy.resolve("manifest.json"), "{\"format\": ");
    assertFailure(score(copy, events), manifest + ": not valid JSON, ");
  }

  @Test
  void aModelFolderWithoutAModel() {
    assertUsage(
        score(folder, events),
        "no such file: " + folder + " (a published model has a manifest.json");
  }

  @Test
  void aTableThatIsNotOne() throws IOException {
    Path file = Files.writeString(folder.resolve("table.csv"), "id,value,count\n1,2,3\n4,x,6\n");
    Path rows = folder.resolve("rows-of-table.csv");
    assertUsage(
        Commands.run("cluster", "--input", file, "--output", rows, "--rows", 1),
        "value must be a finite number but was 'x' (" + file + ":3)");
    assertUsage(
        Commands.run("cluster", "--input", file, "--output", rows, "--rows", 0),
        "--rows must be >= 1 but was 0");
  }

  @Test
  void aJobThatCompressesNothing() throws IOException {
    Path file = changedJob("min_rows: 1000", "min_rows: 100000");
    Path fresh = folder.resolve("uncompressed");
    assertThat(
            Commands.succeed("train", "--job", file, "--events", events, "--run-dir", fresh).out())
        .contains("note: no field expects 100000 ids or more (hash.min_rows), so no table");
  }

  private static Commands.Outcome train(Path jobFile, Path eventFile) {
    Path fresh = folder.resolve("run-" + System.nanoTime());
    return Commands.run("train", "--job", jobFile, "--events", eventFile, "--run-dir", fresh);
  }

  private static Commands.Outcome demo(Path jobFile, Path eventFile) {
    Path fresh = folder.resolve("run-" + System.nanoTime());
    return Commands.run(
        "demo", "--job", jobFile, "--events", eventFile, "--run-dir", fresh, "--headless");
  }

  private static Commands.Outcome score(Path model, Path eventFile) {
    Path output = folder.resolve("scores.csv");
    return Commands.run("score", "--model", model, "--events", eventFile, "--output", output);
  }

  private static Path model(String arm) {
    return run.resolve("models").resolve(arm);
  }

  private static Path newestVersion(Path arm) throws IOException {
    return arm.resolve(Files.readString(arm.resolve("LATEST")).strip());
  }

  private static Path changedJob(String from, String to) throws IOException {
    String text = SmallStream.job();
    assertThat(text).contains(from);
    Path file = folder.resolve("changed-" + Integer.toHexString(to.hashCode()) + ".yaml");
    return Files.writeString(file, text.replace(from, to));
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream zipped = new GZIPOutputStream(out)) {
      zipped.write(bytes);
    }
    return out.toByteArray();
  }

  private static void assertUsage(Commands.Outcome outcome, String... parts) {
    assertTold(outcome, parts);
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(Millrace.USAGE);
  }

  private static void assertFailure(Commands.Outcome outcome, String... parts) {
    assertTold(outcome, parts);
    assertThat(outcome.err()).contains(" (--stacktrace shows where");
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(Millrace.FAILURE);
  }

  private static void assertTold(Commands.Outcome outcome, String... parts) {
    assertThat(outcome.err()).startsWith("millrace: ").contains(parts);
    assertThat(outcome.err()).doesNotContain("\tat ").doesNotContain("Exception");
    assertThat(outcome.err().lines()).as(outcome.err()).hasSize(1);
  }
}
