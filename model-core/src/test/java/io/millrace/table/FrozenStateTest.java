package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Law: a frozen state writes, whenever and however slowly, the bytes that would have been written
 * at the moment it was frozen.
 */
@Timeout(60)
class FrozenStateTest {

  private static final long PLENTY = Long.MAX_VALUE;

  private final ExecutorService writers = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    writers.shutdownNow();
  }

  /** A table with its index and the operations of a trainer, drawn at random. */
  private static final class Owner {
    private static final int DIM = 3;

    final SplittableRandom random;
    final IdIndex index = new IdIndex(400);
    final EmbeddingTable table;
    private final RowBags bags = new RowBags();
    private final float[] grad = new float[64 * DIM];

    Owner(TableOptimizer.Rule rule, long seed) {
      random = Seeds.generator(seed, "frozen", 0);
      TableOptimizer optimizer = new TableOptimizer(rule, .1);
      table = new MletTable(0, 4, DIM, .1, optimizer, seed);
    }

    void write(java.io.DataOutput out) throws IOException {
      out.writeInt(77);
      index.writeState(out);
      out.writeBoolean(true);
      table.writeState(out);
      FrozenState.writeLater(out, o -> o.writeLong(78));
    }

    byte[] bytes() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      write(new DataOutputStream(bytes));
      return bytes.toByteArray();
    }

    /** A batch; rarely decay, eviction, a new map. */
    void step() {
      if (!index.fits(32)) {
        int[] kept = index.evict();
        table.keep(kept, kept.length);
      }
      bags.clear();
      for (int b = 0; b < 16; b++) {
        for (int i = random.nextInt(3); i > 0; i--) {
          int row = index.access(random.nextInt(1 + random.nextInt(600)));
          if (row == table.rows()) {
            table.grow(row + 1, row);
          }
          bags.add(row);
        }
        bags.endExample();
      }
      for (int i = 0; i < grad.length; i++) {
        grad[i] = (float) random.nextDouble() - .5f;
      }
      table.forward(bags, new float[16 * DIM], DIM, 0);
      table.backward(bags, grad, DIM, 0);
      if (random.nextInt(4) == 0) {
        writeOneRow(random.nextInt(table.rows()));
      }
      if (random.nextInt(20) == 0) {
        index.decay(.9);
      }
      if (random.nextInt(100) == 0) {
        int n = table.rows();
        int[] moved = random.ints(n, 0, n).toArray();
        table.remap(RowRemap.of(n, moved, moved, new double[n]));
      }
    }

    private void writeOneRow(int r) {
      RowValues rows = table.rowValues();
      float[] row = new float[rows.length()];
      rows.read(r, row, 0);
      row[rows.length() - 1]++;
      row[0]--;
      rows.write(r, row, 0);
      index.takeCount(r);
    }
  }

  /** A slow stream that keeps its bytes. */
  private static final class SlowStream extends OutputStream {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void write(int b) {
      bytes.write(b);
    }

    @Override
    public void write(byte[] b, int from, int n) {
      bytes.write(b, from, n);
      LockSupport.parkNanos(1000);
    }
  }

  private CompletableFuture<byte[]> write(FrozenState state) {
    return CompletableFuture.supplyAsync(
        () -> {
          SlowStream out = new SlowStream();
          try {
            state.writeTo(out);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
          return out.bytes.toByteArray();
        },
        writers);
  }

  // brute force: the bytes of the plain writer at the same moment; snapshots overlap, some begin
  // when another is half written, blocks are of one row or a few
  @ParameterizedTest
  @EnumSource(TableOptimizer.Rule.class)
  void equalsThePlainWriterWhileTrainingGoesOn(TableOptimizer.Rule rule) throws Exception {
    for (long seed = 0; seed < 8; seed++) {
      Owner owner = new Owner(rule, seed);
      List<byte[]> wanted = new ArrayList<>();
      List<CompletableFuture<byte[]>> written = new ArrayList<>();
      for (int snapshot = 0; snapshot < 40; snapshot++) {
        int steps = owner.random.nextInt(8);
        for (int s = 0; s < steps; s++) {
          owner.step();
        }
        int blockFloats = 1 + owner.random.nextInt(40);
        wanted.add(owner.bytes());
        FrozenState state = FrozenState.of(owner::write, PLENTY, blockFloats, System::nanoTime);
        written.add(write(state));
        if (owner.random.nextBoolean()) {
          while (!state.released()) {
            owner.step();
          }
        }
      }
      for (int i = 0; i < wanted.size(); i++) {
        assertThat(written.get(i).get())
            .as("seed %d snapshot %d", seed, i)
            .isEqualTo(wanted.get(i));
      }
    }
  }

  // the writer comes after all changes: every row of the snapshot is a preserved one
  @Test
  void equalsThePlainWriterHoweverLateItIs() throws Exception {
    Owner owner = new Owner(TableOptimizer.Rule.ADAM, 1);
    ArrayDeque<byte[]> wanted = new ArrayDeque<>();
    ArrayDeque<FrozenState> states = new ArrayDeque<>();
    for (int i = 0; i < 200; i++) {
      owner.step();
      if (i % 25 == 0) {
        wanted.add(owner.bytes());
        states.add(FrozenState.of(owner::write, PLENTY, 16, System::nanoTime));
      }
    }
    while (!states.isEmpty()) {
      assertThat(write(states.remove()).get()).isEqualTo(wanted.remove());
    }
  }

  // rows use more memory than allowed: the owner waits, no more is taken, and the bytes are right
  @Test
  void waitsForTheWriterWhenMemoryIsUsedUp() throws Exception {
    long most = 12_000;
    Owner owner = new Owner(TableOptimizer.Rule.ADAM, 2);
    for (int s = 0; s < 100; s++) {
      owner.step();
    }
    long waited = 0;
    for (int round = 0; round < 10; round++) {
      byte[] wanted = owner.bytes();
      FrozenState state = FrozenState.of(owner::write, most, 8, System::nanoTime);
      CompletableFuture<byte[]> written =
          CompletableFuture.supplyAsync(
                  () -> null,
                  CompletableFuture.delayedExecutor(20, java.util.concurrent.TimeUnit.MILLISECONDS))
              .thenCompose(nothing -> write(state));
      while (!written.isDone()) {
        owner.step();
      }
      assertThat(written.get()).isEqualTo(wanted);
      assertThat(state.mostPreservedBytes()).isLessThanOrEqualTo(most);
      waited += state.ownersNanos();
    }
    assertThat(waited).isGreaterThan(10_000_000);
  }

  // released before or while it is written: the writer fails, the owner waits no more
  @Test
  void canBeGivenUp() throws Exception {
    Owner owner = new Owner(TableOptimizer.Rule.SGD, 3);
    for (int s = 0; s < 100; s++) {
      owner.step();
    }
    FrozenState never = FrozenState.of(owner::write, 0, 8, System::nanoTime);
    CountDownLatch begun = new CountDownLatch(1);
    FrozenState half = FrozenState.of(owner::write, 0, 8, System::nanoTime);
    OutputStream stuck =
        new OutputStream() {
          @Override
          public void write(int b) {
            begun.countDown();
            while (!half.released()) {
              Thread.onSpinWait();
            }
          }
        };
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () ->
                assertThatThrownBy(() -> half.writeTo(stuck))
                    .hasMessage("the frozen state was given up before it was written"),
            writers);
    begun.await();
    half.release();
    never.release();
    owner.step();
    writing.get();
    assertThatThrownBy(() -> never.writeTo(OutputStream.nullOutputStream()))
        .isInstanceOf(IOException.class)
        .hasMessage("the frozen state was given up before it was written");
    assertThat(never.mostPreservedBytes()).isZero();
  }

  // an interrupted thread does not wait
  @Test
  void anInterruptedOwnerGivesUp() throws Exception {
    Owner owner = new Owner(TableOptimizer.Rule.SGD, 4);
    owner.step();
    FrozenState state = FrozenState.of(owner::write, 0, 8, System::nanoTime);
    Thread.currentThread().interrupt();
    owner.step();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(state.released()).isTrue();
  }

  // a writer without progress does not block the owner for ever
  @Test
  void aWriterThatStandsStillIsGivenUp() throws Exception {
    Owner owner = new Owner(TableOptimizer.Rule.SGD, 5);
    owner.step();
    long[] now = new long[1];
    FrozenState state = FrozenState.of(owner::write, 0, 8, () -> now[0] += 1_000_000_000);
    owner.step();
    assertThat(state.released()).isTrue();
    assertThat(state.ownersNanos()).isGreaterThan(15_000_000_000L);
  }
}
