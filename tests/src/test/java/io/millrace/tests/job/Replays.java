package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Sends a file to the job's topic in pieces, each with {@code millrace replay}. */
public final class Replays {

  private final Path job;
  private final List<String> lines;
  private int sent;
  private int replays;

  /** Nothing sent yet. */
  public Replays(Path job, Path events) throws IOException {
    this.job = job;
    this.lines = SmallStream.lines(events);
  }

  /** Sends the next {@code n} events. */
  public void send(int n) throws IOException {
    send(lines.subList(1 + sent, 1 + sent + n));
    sent += n;
  }

  /** Sends {@code n} rows that are no events. */
  void sendBroken(int n) throws IOException {
    send(Collections.nCopies(n, "what,ever"));
  }

  private void send(List<String> rows) throws IOException {
    List<String> part = new ArrayList<>(lines.subList(0, 1));
    part.addAll(rows);
    Path file = Files.write(job.resolveSibling("part-" + replays++ + ".csv"), part, UTF_8);
    Commands.succeed("replay", "--job", job, "--events", file);
  }
}
