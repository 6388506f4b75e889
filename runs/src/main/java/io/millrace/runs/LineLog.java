package io.millrace.runs;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;

/**
 * The line files of a run, as a job writes them: each line once, also after a restart.
 *
 * <p>A job saves them with each checkpoint. A restart drops the lines after the checkpoint, before
 * the job writes the same lines again. One writer at a time.
 */
public interface LineLog extends Closeable {

  /**
   * Goes back to what was saved; called once, before any line.
   *
   * @param lengths bytes of each file at the checkpoint; none for a run that begins
   * @param saved what {@link #save} returned; empty for a run that begins
   * @throws IOException if there are fewer lines than the checkpoint needs
   */
  void restore(Map<String, Long> lengths, String saved) throws IOException;

  /**
   * Adds a line.
   *
   * @param file name of its file
   * @param line without the line break
   */
  void append(String file, String line) throws IOException;

  /**
   * Replaces a file that holds no lines of a log.
   *
   * @param text its content
   */
  void replace(String file, String text) throws IOException;

  /**
   * Makes all lines so far outlive this process and machine.
   *
   * @return what a restart needs beside the lengths; may be empty
   */
  String save() throws IOException;

  /** Bytes of a file; after {@link #save}, those that were saved. */
  long length(String file) throws IOException;

  /**
   * A checkpoint is complete: readers may see its lines.
   *
   * @param saved what {@link #save} returned for it
   */
  void complete(String saved) throws IOException;
}
