package io.github.cola4j.io.adapter;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** An adapter on its model's layers, refreshed for evaluation. */
public final class BoundAdapter implements AutoCloseable {
  private final TrainedAdapter stored;
  private final AdaptedModules modules;
  private final ParameterLayout layout;
  private final Matrix theta;
  private final Adapters adapters;
  private final Pass pass;

  /**
   * Binds an adapter.
   *
   * @param linears the layers of its model
   * @throws IllegalArgumentException if there is a layer whose adapter no weight can replace, with
   *     the reason, or tokens are modulated
   */
  public BoundAdapter(TrainedAdapter stored, List<FrozenLinear> linears) {
    this.stored = stored;
    requireMergeable(stored.description().adapter());
    this.modules = new AdaptedModules(linears, stored.description().adapter());
    this.layout = stored.layout();
    DataType type = linears.get(0).weight().type();
    this.pass = new Pass(type);
    this.theta = Matrix.of(type, stored.theta().length, 1, stored.theta());
    this.adapters = modules.bind(theta, Matrix.zeros(type, theta.rows(), 1), stored.initial());
    for (Adapter adapter : all()) {
      if (adapter.unmergeableReason() != null) {
        pass.close();
        throw new IllegalArgumentException(
            "an adapter of method "
                + modules.config().method()
                + " cannot be written without CoLA4J's code: "
                + adapter.unmergeableReason()
                + " (module "
                + adapter.linear().name()
                + ")");
      }
    }
    pass.startEvaluation();
    adapters.refresh(pass, 0, false);
  }

  private static void requireMergeable(AdapterConfig config) {
    if (config.tokenMerging() != null && config.tokenMerging().modulation()) {
      throw new IllegalArgumentException(
          "the adapter cannot be written without CoLA4J's code: " + TokenMerging.UNMERGEABLE);
    }
  }

  /** What the adapter is. */
  public AdapterStore.Description description() {
    return stored.description();
  }

  /** The layers of its model that it adapts. */
  public AdaptedModules modules() {
    return modules;
  }

  /** Working memory; an adapter's answer lies in it. */
  public Pass pass() {
    return pass;
  }

  /** The adapters of all modules, bound to the stored parameters. */
  public Collection<Adapter> all() {
    return adapters.byModule().values();
  }

  Adapter of(String module) {
    return adapters.byModule().get(module);
  }

  /** Whether it is a classifier's, which has a head beside its modules. */
  public boolean hasHead() {
    return !description().classes().isEmpty();
  }

  /** A module's parameter, or the head's. */
  public Matrix parameter(String name) {
    return layout.entry(name).of(theta);
  }

  /** What a module's parameter was before training. */
  public float[] start(String name) {
    ParameterLayout.Entry entry = layout.entry(name);
    int from = entry.offset();
    return Arrays.copyOfRange(stored.initial(), from, from + entry.rows() * entry.columns());
  }

  /** A parameter as PyTorch has it: a matrix [rows, columns], or a vector if it has one column. */
  public SafetensorsWriter.Tensor tensor(String name) {
    return tensor(parameter(name));
  }

  /** A matrix in row-major order; a single column as a vector. */
  public static SafetensorsWriter.Tensor tensor(Matrix m) {
    long[] shape = m.columns() == 1 ? new long[] {m.rows()} : new long[] {m.rows(), m.columns()};
    return new SafetensorsWriter.Tensor(shape, rowMajor(m));
  }

  /** The elements of a matrix [rows × columns] row by row, as PyTorch has them. */
  public static float[] rowMajor(Matrix m) {
    float[] columns = m.toArray();
    if (m.columns() == 1) {
      return columns;
    }
    float[] rows = new float[columns.length];
    for (int j = 0; j < m.columns(); j++) {
      for (int i = 0; i < m.rows(); i++) {
        rows[i * m.columns() + j] = columns[j * m.rows() + i];
      }
    }
    return rows;
  }

  @Override
  public void close() {
    pass.close();
  }
}
