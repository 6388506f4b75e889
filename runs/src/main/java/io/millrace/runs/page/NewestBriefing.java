package io.millrace.runs.page;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.runs.verdict.Briefing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The briefing of a run that goes on. It reads all files of the run, so it is made anew at most
 * every {@value #PAUSE_MS} ms, and less often where that takes long; all browsers share it.
 */
final class NewestBriefing {

  private static final long PAUSE_MS = 3_000;

  /** Times its own cost that a briefing is kept at least. */
  private static final long RATIO = 20;

  private final Path runDir;
  private final String place;
  private ObjectNode facts;
  private String cursor = "";
  private long made;
  private long cost;

  NewestBriefing(Path runDir, String place) {
    this.runDir = runDir;
    this.place = place;
  }

  /** Adds the briefing to an answer, unless the reader has it. */
  synchronized void add(ObjectNode answer, String readers) throws IOException {
    long now = System.nanoTime();
    if (facts == null || now - made > Math.max(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS), cost)) {
      make(now);
    }
    if (facts != null && !cursor.equals(readers)) {
      answer.putObject("briefing").put("cursor", cursor).set("facts", facts);
    }
  }

  private void make(long now) throws IOException {
    if (!Files.isDirectory(runDir)) {
      return; // the run has not begun to write
    }
    facts = Briefing.of(runDir, place).json();
    cursor = Integer.toHexString(facts.toString().hashCode());
    made = System.nanoTime();
    cost = RATIO * (made - now);
  }
}
