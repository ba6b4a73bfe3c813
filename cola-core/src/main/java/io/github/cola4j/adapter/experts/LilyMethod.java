package io.github.cola4j.adapter.experts;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdditiveAdapter;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.adapter.init.RandomValues;
import io.github.cola4j.adapter.lowrank.LowRankMethod;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Lily (arXiv 2407.09946): y += s Σ_e ω_e B_e A x with ω = softmax(R A x), by {@link GatedDelta}. A
 * [r × in] is shared by {@link LilyOptions#stride} consecutive layers of a target, the N matrices
 * B_e [out × r] by all of them; the router R [N × r] is a layer's own. A target is what layers are
 * that differ in the numbers in their names alone, and have one size and rank. A shared matrix lies
 * with the first layer that has it.
 *
 * <p>ω belongs to each token, as the paper writes it. HF PEFT takes its mean over all tokens of a
 * batch, so that a token's answer depends on those behind it and on other texts.
 */
public final class LilyMethod implements AdapterMethod {
  private static final String ROUTER = "router";

  /** A number between dots, or before the first: which of the like layers. */
  private static final Pattern NUMBER = Pattern.compile("(?<![^.])\\d+\\.");

  /** The layers that a layer's A and B lie with. */
  private record Owners(String a, String b) {}

  private final Map<String, Owners> owners; // by layer; one that is not there shares nothing

  /** The method for layers that share nothing. */
  public LilyMethod() {
    this(Map.of());
  }

  private LilyMethod(Map<String, Owners> owners) {
    this.owners = owners;
  }

  @Override
  public String name() {
    return "lily";
  }

  @Override
  public Preset preset() {
    return new Preset(1, 2, Counts.ONE_A, "kaiming", false);
  }

  @Override
  public Class<? extends Record> options() {
    return LilyOptions.class;
  }

  @Override
  public AdapterMethod over(AdapterConfig config, List<FrozenLinear> linears) {
    record Target(String name, int in, int out, int rank) {}
    Map<Target, List<String>> targets = new LinkedHashMap<>();
    for (FrozenLinear linear : linears) {
      String like = NUMBER.matcher(linear.name()).replaceAll("");
      int rank = config.rankOf(linear.name());
      targets
          .computeIfAbsent(
              new Target(like, linear.in(), linear.out(), rank), target -> new ArrayList<>())
          .add(linear.name());
    }
    int stride = config.options(LilyOptions.class).stride();
    Map<String, Owners> shared = new HashMap<>();
    for (List<String> layers : targets.values()) {
      for (int i = 0; i < layers.size(); i++) {
        shared.put(layers.get(i), new Owners(layers.get(i / stride * stride), layers.get(0)));
      }
    }
    return new LilyMethod(shared);
  }

  private Owners owners(String layer) {
    return owners.getOrDefault(layer, new Owners(layer, layer));
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.kaiming(config);
    LowRankMethod.checkRank(config, linear);
    String name = linear.name();
    int rank = config.rankOf(name);
    if (owners(name).a().equals(name)) {
      layout.add(name + "/" + LowRankMethod.A, Kind.A, linear.in(), rank);
    }
    if (owners(name).b().equals(name)) {
      layout.add(name + "/" + LowRankMethod.B, Kind.B, linear.out(), config.b() * rank);
    }
    layout.add(name + "/" + ROUTER, Kind.OTHER, rank, config.b());
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    String name = linear.name();
    if (owners(name).a().equals(name)) {
      RandomValues.kaiming(start.get(LowRankMethod.A), linear.in(), seed);
    }
    long ofRouter = Seeds.mix(seed, Seeds.of(ROUTER));
    RandomValues.kaiming(start.get(ROUTER), config.rankOf(name), ofRouter);
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    GatedDelta.Form form =
        new GatedDelta.Form(
            1, config.b(), config.scalingOf(linear.name()), config.dropout(), 0, true);
    return new AdditiveAdapter(
        linear, new GatedDelta(form, weights(linear, theta), weights(linear, gradient)));
  }

  private GatedDelta.Weights weights(FrozenLinear linear, ModuleParameters values) {
    Owners own = owners(linear.name());
    return new GatedDelta.Weights(
        values.of(own.a()).get(LowRankMethod.A),
        values.of(own.b()).get(LowRankMethod.B),
        values.get(ROUTER));
  }
}
