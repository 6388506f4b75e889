package io.millrace.serving.http;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of lines that a thread of its own writes, so that nobody waits for the disk. Lines that it
 * cannot keep up with are left out and counted. A full file is renamed: FILE to FILE.1, FILE.1 to
 * FILE.2, and so on; the last one is overwritten.
 */
final class LineLog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LineLog.class);

  /** Bytes of lines that wait to be written. */
  private static final int MOST_WAITING = 8 << 20;

  private static final byte[] END = {};

  private final Path file;
  private final long bytes;
  private final int files;
  private final LinkedBlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(MOST_WAITING);
  private final LongAdder written = new LongAdder();
  private final LongAdder leftOut = new LongAdder();
  private final Thread writer;
  private OutputStream out;
  private long size;

  /**
   * Opens the file to append.
   *
   * @param name of the thread
   * @param bytes size from which on the file is renamed and a new one begun, at least 1
   * @param files files to keep, the newest included, at least 1
   * @throws IOException if it cannot be written
   */
  LineLog(String name, Path file, long bytes, int files) throws IOException {
    this.file = file;
    this.bytes = bytes;
    this.files = files;
    this.writer = new Thread(this::write, name);
    open();
    writer.setDaemon(true);
    writer.start();
  }

  private void open() throws IOException {
    size = Files.exists(file) ? Files.size(file) : 0;
    out =
        new BufferedOutputStream(
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  /**
   * Writes a line, or leaves it out.
   *
   * @param line with its line break; null for one that cannot be written
   */
  void offer(byte[] line) {
    if (line == null || !room.tryAcquire(line.length)) {
      leftOut.increment();
    } else {
      waiting.add(line);
    }
  }

  private void write() {
    try {
      for (byte[] line = waiting.take(); line != END; line = waiting.take()) {
        room.release(line.length);
        write(line);
      }
      out.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.warn("{} cannot be closed: {}", file, e.toString());
    }
  }

  private void write(byte[] line) {
    try {
      if (size > 0 && size + line.length > bytes) {
        rotate();
      }
      out.write(line);
      size += line.length;
      if (waiting.isEmpty()) {
        out.flush();
      }
      written.increment();
    } catch (IOException e) {
      if (leftOut.sum() == 0) {
        LOG.warn("{} cannot be written, lines are lost: {}", file, e.toString());
      }
      leftOut.increment();
    }
  }

  private void rotate() throws IOException {
    out.close();
    for (int n = files - 1; n > 0; n--) {
      Path from = n == 1 ? file : numbered(n - 1);
      if (Files.exists(from)) {
        Files.move(from, numbered(n), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.deleteIfExists(file);
    open();
  }

  private Path numbered(int n) {
    return file.resolveSibling(file.getFileName() + "." + n);
  }

  /** Writes how many lines were written and left out, as samples of a metric. */
  void samples(PrometheusText text) {
    text.sample(written.sum(), "result", "written");
    text.sample(leftOut.sum(), "result", "left_out");
  }

  /** Writes what waits, for at most a second. */
  @Override
  public void close() {
    waiting.add(END);
    try {
      writer.join(TimeUnit.SECONDS.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
