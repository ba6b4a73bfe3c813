package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterMethods;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What averaging knows of the adapters.
 *
 * @param layout of their parameters, the beginning of every task's vector; behind it is the head
 * @param pairs the factors of each module that are trained; none if they are anything but s Σ P_ij
 *     B_j A_i
 */
public record AdapterStructure(ParameterLayout layout, List<PairedFactors> pairs)
    implements Serializable {

  /** That of adapted layers. A random pairing stands for its expectation. */
  public static AdapterStructure of(AdaptedModules modules) {
    ParameterLayout layout = modules.layout();
    if (!AdapterMethods.named(modules.config().method()).hasResidualPair()) {
      return new AdapterStructure(layout, List.of());
    }
    double[][] pairing =
        Pairings.named(modules.config().pairing())
            .expectation(modules.config().a(), modules.config().b());
    List<PairedFactors> pairs = new ArrayList<>();
    for (FrozenLinear linear : modules.linears()) {
      List<Entry> entries =
          layout.entries().stream()
              .filter(entry -> entry.name().startsWith(linear.name() + "/"))
              .filter(entry -> entry.kind() != Kind.FIXED)
              .toList();
      if (entries.size() != 2
          || entries.get(0).kind() != Kind.A
          || entries.get(1).kind() != Kind.B) {
        return new AdapterStructure(layout, List.of());
      }
      pairs.add(PairedFactors.of(entries.get(0), entries.get(1), pairing));
    }
    return new AdapterStructure(layout, List.copyOf(pairs));
  }

  /** A module's residual pair, R_Aᵀ [in × q] and R_B [out × q]; empty if it has none. */
  List<Entry> residual(PairedFactors pair) {
    String module = pair.a().name().substring(0, pair.a().name().lastIndexOf('/') + 1);
    return layout.entries().stream()
        .filter(entry -> entry.kind() == Kind.FIXED && entry.name().startsWith(module))
        .toList();
  }

  /**
   * The layout of a whole task, its head as one parameter.
   *
   * @param length of the task's vector
   */
  public ParameterLayout withHead(int length) {
    int head = length - layout.length();
    if (head == 0) {
      return layout;
    }
    List<Entry> entries = new ArrayList<>(layout.entries());
    entries.add(new Entry("head", Kind.HEAD, layout.length(), head, 1));
    return new ParameterLayout(entries);
  }

  /**
   * Where a task's parameters of some kinds lie.
   *
   * @param length of the task's vector
   */
  public ParameterSlices slices(int length, Set<Kind> kinds) {
    List<ParameterSlices.Slice> slices = new ArrayList<>();
    for (Entry entry : withHead(length).entries()) {
      if (kinds.contains(entry.kind())) {
        ParameterSlices.append(slices, entry.offset(), entry.offset() + entry.length());
      }
    }
    return new ParameterSlices(slices);
  }
}
