package io.millrace.flink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: the log of a command that reads a run never makes the run's directory. */
class LogFileTest {
  private final String before = System.getProperty(LogFile.PROPERTY);

  @TempDir Path folder;

  @BeforeEach
  void forget() {
    System.clearProperty(LogFile.PROPERTY);
  }

  @AfterEach
  void restore() {
    if (before == null) {
      System.clearProperty(LogFile.PROPERTY);
    } else {
      System.setProperty(LogFile.PROPERTY, before);
    }
  }

  private Path chosen(String command, Path runDir) {
    forget();
    LogFile.chooseFrom(new String[] {command, "--run-dir", runDir.toString()});
    return LogFile.current();
  }

  @Test
  void aCommandThatMakesTheDirectoryLogsThere() {
    Path absent = folder.resolve("absent");
    assertThat(chosen("train", absent)).isEqualTo(absent.resolve("millrace.log"));
  }

  @Test
  void aCommandThatReadsLogsWhereTheRunIs() throws IOException {
    Files.createFile(folder.resolve("run.json"));
    assertThat(chosen("report", folder)).isEqualTo(folder.resolve("millrace.log"));
  }

  @Test
  void aCommandThatReadsDoesNotMakeTheDirectory() {
    Path absent = folder.resolve("absent");
    assertThat(chosen("report", absent).startsWith(absent)).isFalse();
    assertThat(chosen("page", folder).startsWith(folder)).as("no run").isFalse();
  }
}
