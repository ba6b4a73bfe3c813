package io.github.cola4j.model.vit;

import io.github.cola4j.io.weights.BertNames;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.WeightLoader;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Vision Transformers: encoders of images for classification. */
public final class ViTArchitecture implements Architecture {

  /** What files and transformers 4 call modules, and what transformers 5 does; in this order. */
  private static final Map<String, String> MODULES = modules();

  private static final String OLD_ROOT = "encoder.layer.";

  private static Map<String, String> modules() {
    Map<String, String> modules = new LinkedHashMap<>();
    modules.put(".attention.attention.query", ".attention.q_proj");
    modules.put(".attention.attention.key", ".attention.k_proj");
    modules.put(".attention.attention.value", ".attention.v_proj");
    modules.put(".attention.output.dense", ".attention.o_proj");
    modules.put(".intermediate.dense", ".mlp.fc1");
    modules.put(".output.dense", ".mlp.fc2");
    return modules;
  }

  @Override
  public Set<String> modelTypes() {
    return Set.of(ViTConfig.MODEL_TYPE);
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return ViTConfig.read(keys);
  }

  @Override
  public Transformer load(TransformerConfig config, WeightLoader weights) {
    return new ViTEncoder((ViTConfig) config, weights);
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.CLASSIFICATION);
  }

  @Override
  public Peft peft() {
    return new Peft("vit.", "classifier", null, Set.of("pooler.dense"));
  }

  /** Without {@code vit.}, and modules as transformers 5 calls them, which files do not. */
  @Override
  public UnaryOperator<String> names(Collection<String> names) {
    UnaryOperator<String> plain = BertNames.withoutPrefix(names, ViTEmbeddings.CLASS_TOKEN);
    return name -> {
      String own = plain.apply(name);
      int dot = own.lastIndexOf('.');
      return dot < 0 ? own : module(own.substring(0, dot)) + own.substring(dot);
    };
  }

  /** Transformers 4 called them as files do. */
  @Override
  public String module(String module) {
    int root = module.indexOf(OLD_ROOT);
    if (root < 0) {
      return module;
    }
    String block = "layers." + module.substring(root + OLD_ROOT.length());
    for (Map.Entry<String, String> each : MODULES.entrySet()) {
      if (block.endsWith(each.getKey())) {
        return block.substring(0, block.length() - each.getKey().length()) + each.getValue();
      }
    }
    return block;
  }

  @Override
  public String inputsFile() {
    return "preprocessor_config.json";
  }

  @Override
  public List<String> unusedHeads(Weights weights) {
    return ViTEncoder.unusedHeads(weights);
  }
}
