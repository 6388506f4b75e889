package io.millrace.tests.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends one request again and again over keep-alive connections, as a process of its own.
 *
 * <p>A thread a connection, without Nagle's delay. Without a rate, a connection sends when it has
 * its answer. With a rate, requests have times at which they are due, and latency counts from
 * these, so that one that waits for a slow one before it is slow as well.
 *
 * <pre>
 * LoadClient PORT PATH BODY_FILE CONNECTIONS SECONDS RATE SLOW
 *   RATE  requests a second of all connections together; 0 for as many as there can be
 *   SLOW  further connections, which send a byte of the request each second
 * -&gt; requests failed requests/s p50 p99 max     latencies in ms
 *    pauses p99 max                             of the machine, in ms
 * </pre>
 *
 * <p>The pauses of the machine are those of a thread that does nothing but sleep for a millisecond
 * again and again: how much later than that it runs. No request can have a latency below them: its
 * answer needs at least three threads in two processes to be woken.
 */
final class LoadClient {
  /** Time in which all connect before the first request, ns. */
  private static final long CONNECTING = TimeUnit.SECONDS.toNanos(1);

  private final InetSocketAddress address;
  private final byte[] request;
  private final long end;
  private final double interval;
  private final long began;
  private final LongAdder slowRefused = new LongAdder();

  private LoadClient(int port, byte[] request, double seconds, double interval) {
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.request = request;
    this.began = System.nanoTime() + CONNECTING;
    this.end = began + (long) (seconds * 1e9);
    this.interval = interval;
  }

  /** Latencies of a connection, ns. */
  private static final class Latencies {
    long[] values = new long[1 << 12];
    int count;
    int failed;

    void add(long ns) {
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * count);
      }
      values[count++] = ns;
    }
  }

  public static void main(String[] args) throws Exception {
    byte[] body = Files.readAllBytes(Path.of(args[2]));
    String head =
        "POST "
            + args[1]
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] start = head.getBytes(StandardCharsets.US_ASCII);
    byte[] request = Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, request, start.length, body.length);
    int connections = Integer.parseInt(args[3]);
    double seconds = Double.parseDouble(args[4]);
    double rate = Double.parseDouble(args[5]);
    double interval = rate == 0 ? 0 : 1e9 * connections / rate;
    LoadClient client = new LoadClient(Integer.parseInt(args[0]), request, seconds, interval);
    System.out.println(client.run(connections, Integer.parseInt(args[6]), seconds));
    System.exit(0);
  }

  private String run(int connections, int slow, double seconds) throws InterruptedException {
    for (int c = 0; c < slow; c++) {
      Thread thread = new Thread(this::dribble);
      thread.setDaemon(true);
      thread.start();
    }
    List<Latencies> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int c = 0; c < connections; c++) {
      Latencies latencies = new Latencies();
      double first = c * interval / connections;
      all.add(latencies);
      threads.add(new Thread(() -> send(latencies, first)));
    }
    Latencies pauses = new Latencies();
    Thread sleeper = new Thread(() -> sleep(pauses));
    sleeper.start();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    sleeper.join();
    if (slow > 0) {
      System.err.println("  slow connections refused: " + slowRefused.sum());
    }
    return summary(all, seconds) + pauses(pauses);
  }

  private static String summary(List<Latencies> all, double seconds) {
    long[] sorted =
        all.stream().flatMapToLong(l -> Arrays.stream(l.values, 0, l.count)).sorted().toArray();
    int failed = all.stream().mapToInt(l -> l.failed).sum();
    int n = sorted.length;
    return String.format(
        Locale.ROOT,
        "%d %d %.1f %.4f %.4f %.4f",
        n,
        failed,
        n / seconds,
        n == 0 ? 0 : sorted[n / 2] / 1e6,
        n == 0 ? 0 : sorted[(int) (n * .99)] / 1e6,
        n == 0 ? 0 : sorted[n - 1] / 1e6);
  }

  private static String pauses(Latencies pauses) {
    long[] sorted = Arrays.copyOf(pauses.values, pauses.count);
    Arrays.sort(sorted);
    int n = sorted.length;
    return String.format(
        Locale.ROOT, " %.4f %.4f", sorted[(int) (n * .99)] / 1e6, sorted[n - 1] / 1e6);
  }

  private void sleep(Latencies pauses) {
    long wanted = TimeUnit.MILLISECONDS.toNanos(1);
    await(began);
    do {
      long begin = System.nanoTime();
      LockSupport.parkNanos(wanted);
      pauses.add(Math.max(0, System.nanoTime() - begin - wanted));
    } while (System.nanoTime() < end);
  }

  private void send(Latencies latencies, double first) {
    double due = began + first;
    while (System.nanoTime() < end) {
      try (Socket socket = connect()) {
        InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        OutputStream out = socket.getOutputStream();
        await(began);
        for (; System.nanoTime() < end; due += interval) {
          long begin = interval == 0 ? System.nanoTime() : await((long) due);
          out.write(request);
          latencies.failed += answer(in) == 200 ? 0 : 1;
          latencies.add(System.nanoTime() - begin);
        }
      } catch (IOException e) {
        latencies.failed++;
      }
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(20_000);
    socket.connect(address, 5_000);
    return socket;
  }

  private static long await(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return due;
  }

  /** Reads an answer, and returns its status. */
  private static int answer(InputStream in) throws IOException {
    int status = Integer.parseInt(line(in).split(" ")[1]);
    int length = 0;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
        length = Integer.parseInt(line.substring(15).strip());
      }
    }
    in.skipNBytes(length);
    return status;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the server closed the connection");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** A client that sends a byte each second; another one follows if the server refuses it. */
  private void dribble() {
    while (System.nanoTime() < end) {
      try (Socket socket = connect()) {
        for (byte b : request) {
          socket.getOutputStream().write(b);
          TimeUnit.SECONDS.sleep(1);
        }
      } catch (IOException | InterruptedException e) {
        slowRefused.increment();
      }
    }
  }
}
