package io.millrace.student;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.EventLearner;
import io.millrace.dlrm.FieldTable;
import io.millrace.dlrm.ModelFactory;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.hash.IdHash;
import io.millrace.hash.MapVersion;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearPart;
import io.millrace.linear.LinearSlots;
import io.millrace.maps.FieldSize;
import io.millrace.maps.LinearSize;
import io.millrace.maps.MapBuilder;
import io.millrace.random.Seeds;
import io.millrace.replica.LocalReplicas;
import io.millrace.replica.ReplicaLink;
import io.millrace.replica.ReplicaTask;
import io.millrace.replica.ReplicatedLearner;
import io.millrace.snapshot.Origin;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.ReplicaRules;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TableOptions;
import io.millrace.table.Combine;
import io.millrace.table.CombinedTable;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.IdIndex;
import io.millrace.table.MaskedTable;
import io.millrace.table.MixedDimTable;
import io.millrace.table.MixedDims;
import io.millrace.table.MletOptions;
import io.millrace.table.MletTable;
import io.millrace.table.PepTable;
import io.millrace.table.PepThresholds;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.table.TableOptimizer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The tables an arm starts with: how its ids find rows before there is a map, and these rows. Mixed
 * dimensions and pruning are used in the fields that are large enough to be compressed; the others
 * have plain tables.
 *
 * <p>Rows start as DLRM's do, {@code U(-sqrt(1/n), sqrt(1/n))}. Here {@code n} is the number of ids
 * of an uncompressed field, of rows of a compressed one, and of ids that quotient and remainder
 * distinguish. Rows that are multiplied start at {@code U(sqrt(1/n), 1)}.
 */
public final class StudentTables {

  final JobSpec job;
  final ArmSpec arm;
  final long seed;
  private final int[] widths;
  private final PepThresholds thresholds;
  private PrunedModel pruned;

  /**
   * The tables of an arm that has learned nothing.
   *
   * @throws IllegalArgumentException naming the option that does not fit the job
   */
  public StudentTables(JobSpec job, ArmSpec arm, long seed) {
    this.job = job;
    this.arm = arm;
    this.seed = seed;
    TableOptions options = arm.options().tables();
    boolean pep = arm.table() == ArmSpec.Table.PEP;
    this.widths = arm.table() == ArmSpec.Table.MIXED ? widths(options.mixed()) : null;
    this.thresholds = pep ? new PepThresholds(options.pep(), dim()) : null;
  }

  /**
   * Checks that an arm's budget and the lengths of its rows fit the job.
   *
   * @throws IllegalArgumentException naming the option that does not
   */
  public static void check(JobSpec job, ArmSpec arm) {
    FieldSize.check(job, arm);
    ReplicaRules.check(job, arm);
    new StudentTables(job, arm, 0);
  }

  /**
   * Opens the model that is retrained, if there is one, and checks that its ids find their rows as
   * this arm's do.
   *
   * @return origin of the model
   */
  public Optional<Origin> checkMask() {
    if (!retrains()) {
      return Optional.empty();
    }
    for (int f : job.qualifyingFields()) {
      pruned().rowOfKey(f, job.compressed(arm, f) ? hash(f, rows(f)) : null);
    }
    return Optional.of(pruned().origin());
  }

  /** Rows of a field, in units of a vector's length; its expected ids where each owns a row. */
  public long expectedRows(int f) {
    if (arm.hash() == ArmSpec.Hash.NONE) {
      return 0;
    }
    if (!job.compressed(arm, f)) {
      return job.schema().fields().get(f).expectedIds();
    }
    IdHash hash = hash(f, rows(f));
    long floats = (long) hash.rows() * arm.combine().rowLength(dim(), hash.lookups());
    return (floats + dim() - 1) / dim();
  }

  /** Floats of a row of each field that is large enough to be compressed, in schema order. */
  public List<Integer> rowLengths() {
    return job.qualifyingFields().stream().map(f -> widths == null ? dim() : widths[f]).toList();
  }

  private boolean retrains() {
    return !arm.options().tables().maskFrom().isEmpty();
  }

  private PrunedModel pruned() {
    if (pruned == null) {
      pruned = PrunedModel.open(arm.options().tables().maskFrom(), job, dim());
    }
    return pruned;
  }

  private int dim() {
    return arm.learner().trainer().dim();
  }

  /** Dimensions of the fields that are large enough to be compressed, in schema order. */
  private int[] widths(TableOptions.Mixed mixed) {
    List<Integer> large = job.qualifyingFields();
    int[] widths = new int[job.schema().fields().size()];
    if (large.isEmpty()) {
      return widths;
    }
    long[] n = large.stream().mapToLong(this::height).toArray();
    MixedDims dims = new MixedDims(n, dim(), mixed.alpha(), mixed.powersOfTwo());
    int d0 = mixed.d0() == 0 ? dim() : mixed.d0();
    if (d0 > dim()) {
      throw new IllegalArgumentException(
          "mixed.d0 must be <= student.dim (" + dim() + ") but was " + d0);
    }
    long full = LongStream.of(n).sum() * dim();
    int[] found = mixed.share() > 0 ? byShare(dims, mixed.share(), full) : dims.bySmallestField(d0);
    for (int i = 0; i < found.length; i++) {
      int f = large.get(i);
      int was = job.formerField(f);
      widths[f] = was < 0 ? found[i] : new StudentTables(job.sizing(f), arm, seed).widths[was];
    }
    return widths;
  }

  private static int[] byShare(MixedDims dims, double share, long full) {
    long least = dims.least();
    if (share * full < least) {
      throw new IllegalArgumentException(
          "mixed.share must be enough for a float a row and its projection, "
              + least
              + " of "
              + full
              + ", but was "
              + share);
    }
    return dims.byBudget((long) (share * full));
  }

  /** Rows of a compressed field. */
  private int rows(int f) {
    return FieldSize.of(job, arm, f).rows();
  }

  /** Rows to expect in a field. */
  private long height(int f) {
    return job.compressed(arm, f) ? rows(f) : job.schema().fields().get(f).expectedIds();
  }

  /** A model that has learned nothing; says in the log which engines run it. */
  ClickModel model() {
    return model(ModelFactory::dlrm, create());
  }

  /** The same without a log line, with these tables: it will get the state of another model. */
  ClickModel copy(List<FieldTable> fields) {
    return model(ModelFactory::copy, fields);
  }

  /**
   * What learns a model of this arm: one place or, in arms with several replicas, these.
   *
   * @param links where the replicas are; null for this thread
   * @param maps the map that each field of the model uses, null where it has none
   */
  EventLearner learner(
      ClickModel model,
      BatchLearner.Scored scored,
      ReplicaLink.Maker links,
      IntFunction<MapVersion> maps) {
    int count = arm.replicas();
    if (count == 1) {
      return new BatchLearner(model, batch(), scored);
    }
    return replicas(count, model, links == null ? here(count) : links.make(maps), scored);
  }

  /** Replicas in this thread. */
  ReplicaLink here(int count) {
    return new LocalReplicas(count, shape(), batch());
  }

  /**
   * A replica of this arm in a task of its own.
   *
   * @param number from 0
   * @param records takes the records of its changes
   */
  public ReplicaTask replica(int number, Consumer<byte[]> records) {
    return new ReplicaTask(number, shape(), batch(), records);
  }

  /** Makes models of this arm for replicas: only the merged model's indexes are bounded. */
  private Supplier<ClickModel> shape() {
    StudentOptions unbounded = job.student().with(StudentOptions::maxIds, Integer.MAX_VALUE);
    StudentTables tables = new StudentTables(job.with(JobSpec::student, unbounded), arm, seed);
    return () -> tables.copy(tables.create());
  }

  private int batch() {
    return arm.learner().trainer().batch();
  }

  /** A learner that deals to replicas. */
  EventLearner replicas(int count, ClickModel model, ReplicaLink link, BatchLearner.Scored scored) {
    return new ReplicatedLearner(
        job.student().replicas(), count, job.windows().offsetMs(), model, link, batch(), scored);
  }

  /** Makes a network. */
  private interface NetworkMaker {
    Dlrm make(
        String role, TrainerOptions options, int denseColumns, List<FieldTable> fields, long seed);
  }

  private ClickModel model(NetworkMaker maker, List<FieldTable> fields) {
    int dense = job.schema().dense().size();
    boolean network = arm.hash() != ArmSpec.Hash.NONE;
    return new ClickModel(
        network ? maker.make("student", arm.learner().trainer(), dense, fields, seed) : null,
        linear(network));
  }

  private LinearPart linear(boolean besideNetwork) {
    int slots = LinearSize.slots(job, arm);
    if (slots == 0) {
      return null;
    }
    LinearOptions options = arm.learner().linear().resolved(besideNetwork);
    return new LinearPart(LinearSlots.of(job.schema(), slots, options.bins()), options);
  }

  /** The tables of all fields of one model, in schema order; they may share learned thresholds. */
  List<FieldTable> create() {
    if (arm.hash() == ArmSpec.Hash.NONE) {
      return List.of();
    }
    List<FieldTable> tables =
        IntStream.range(0, job.schema().fields().size()).mapToObj(this::create).toList();
    pruned = null; // the tables have what they need of it
    return tables;
  }

  /** The table of one field. */
  public FieldTable create(int f) {
    return trained(f).servedIn(job.publish().rows());
  }

  private FieldTable trained(int f) {
    CategoricalField field = job.schema().fields().get(f);
    long tableSeed = Seeds.derive(seed, "student/table/" + field.name(), 0);
    if (!job.compressed(arm, f)) {
      RowInit init = RowInit.dlrm(field.expectedIds(), tableSeed);
      EmbeddingTable table = table(f, 0, dim(), init, null);
      return FieldTable.indexed(f, table, new IdIndex(job.student().maxIds()));
    }
    int rows = FieldSize.of(job, arm, f).firstRows();
    IdHash hash = firstHash(f, rows);
    Combine combine = arm.combine();
    int length = combine.rowLength(dim(), hash.lookups());
    RowInit init = init(arm, rows, hash, tableSeed);
    EmbeddingTable table = table(f, hash.rows(), length, init, hash);
    return FieldTable.hashed(
        f,
        combine == Combine.SUM ? table : new CombinedTable(table, combine, hash.lookups()),
        hash);
  }

  /**
   * Gives fields without a map the hash that their rows were learned with: in state of earlier
   * versions a field has as many rows before its first map as under it.
   *
   * @param fields after their state was read
   * @param maps in use, null where a field has none yet
   */
  void fitHashes(List<FieldTable> fields, MapVersion[] maps) {
    for (FieldTable field : fields) {
      boolean plain = field.index() == null && maps[field.field()] == null;
      if (plain && field.hash().rows() != field.table().rows()) {
        field.restoreHash(hashOver(field.field(), field.table().rows()));
      }
    }
  }

  /** The hash of a field that has no map yet but so many rows. */
  private IdHash hashOver(int f, int tableRows) {
    IdHash usual = hash(f, rows(f));
    if (usual.rows() == tableRows) {
      return usual;
    }
    int lookups = arm.lookups();
    return lookups == 1
        ? new ModuloHash(tableRows, MapBuilder.PLAIN_HASH_SEED)
        : new MultiHash(lookups, tableRows / lookups, MapBuilder.PLAIN_HASH_SEED);
  }

  /** The hash before the first map: no id is hot yet, so all rows are for hashed ids. */
  private IdHash firstHash(int f, int rows) {
    boolean larger = arm.lookups() * arm.rowsEach(rows) > rows(f);
    return larger && arm.hash() == ArmSpec.Hash.FREQ_DOUBLE ? multiHash(rows) : hash(f, rows);
  }

  private IdHash multiHash(int rows) {
    return new MultiHash(arm.lookups(), arm.rowsEach(rows), MapBuilder.PLAIN_HASH_SEED);
  }

  private EmbeddingTable mlet(int rows, int length, TableOptimizer optimizer, RowInit init) {
    MletOptions mlet = arm.learner().mlet();
    int k = mlet.k(length);
    return switch (mlet.shared()) {
      case DENSE -> MletTable.withLayer(rows, k, length, optimizer, init, layerRule(), mlet.std());
      case TABLE -> new MletTable(rows, k, length, mlet.std(), optimizer, init.seed());
    };
  }

  /** The rule of the MLPs, for a layer that is kept as rows; Adam stands in for LAMB. */
  private TableOptimizer layerRule() {
    DenseOptimizer mlps = arm.learner().trainer().dense();
    TableOptimizer.Rule rule =
        switch (mlps.rule()) {
          case SGD -> TableOptimizer.Rule.SGD;
          case ADAGRAD -> TableOptimizer.Rule.ADAGRAD;
          case ADAM, LAMB -> TableOptimizer.Rule.ADAM;
        };
    return new TableOptimizer(rule, mlps.learningRate());
  }

  private IdHash hash(int f, int rows) {
    return switch (arm.hash()) {
      case NONE, FULL ->
          throw new IllegalArgumentException("arms without shared rows have no hash");
      case MODULO, HOT_KEPT, TWO_LEVEL -> new ModuloHash(rows, MapBuilder.PLAIN_HASH_SEED);
      case LEARNED ->
          arm.lookups() == 1 ? new ModuloHash(rows, MapBuilder.PLAIN_HASH_SEED) : multiHash(rows);
      case DOUBLE -> multiHash(rows);
      case FREQ_DOUBLE -> MapBuilder.freqDouble(job, arm, f).withoutHotIds();
      case QR -> {
        int halves = arm.combine() == Combine.CONCAT ? 2 : 1;
        long expectedIds = job.schema().fields().get(f).expectedIds();
        yield QuotientRemainderHash.fitting(
            expectedIds, Math.multiplyExact(halves, rows), MapBuilder.PLAIN_HASH_SEED);
      }
    };
  }

  private static RowInit init(ArmSpec arm, int rows, IdHash hash, long tableSeed) {
    if (hash instanceof QuotientRemainderHash quotients) {
      return arm.combine() == Combine.MULT
          ? RowInit.product(quotients.ids(), tableSeed)
          : RowInit.dlrm(quotients.ids(), tableSeed);
    }
    return RowInit.dlrm(rows, tableSeed);
  }

  private EmbeddingTable table(int f, int rows, int length, RowInit init, IdHash hash) {
    TableOptimizer optimizer = arm.learner().trainer().table();
    ArmSpec.Table kind = arm.table();
    boolean sized = kind == ArmSpec.Table.MIXED || kind == ArmSpec.Table.PEP;
    return switch (sized && !job.qualifies(f) ? ArmSpec.Table.PLAIN : kind) {
      case PLAIN -> new PlainTable(rows, length, optimizer, init);
      case MLET -> mlet(rows, length, optimizer, init);
      case MIXED -> MixedDimTable.of(rows, height(f), widths[f], length, optimizer, init.seed());
      case PEP ->
          retrains()
              ? new MaskedTable(
                  rows,
                  optimizer,
                  init,
                  arm.options().tables().pep().start(),
                  pruned().rows(f),
                  pruned().rowOfKey(f, hash))
              : new PepTable(rows, length, optimizer, init, thresholds);
    };
  }
}
