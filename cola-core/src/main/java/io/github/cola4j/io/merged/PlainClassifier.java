package io.github.cola4j.io.merged;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.SmallFile;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.BoundAdapter;
import io.github.cola4j.io.peft.PeftNames;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.HuggingFaceModel;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A merged model that is transformers' {@code …ForSequenceClassification}, with nothing to add:
 * where the embedding is what that class classifies, of a decoder its last token's, of an encoder
 * with {@link Pooling#HEAD}; of images {@code …ForImageClassification}, on the class token's.
 *
 * @param config of the model
 * @param ownLayers weights and biases that stand beside the encoder there, and not in it
 * @param headBias whether the head has a bias there
 * @param purpose how the class's name ends
 */
record PlainClassifier(
    TransformerConfig config, List<String> ownLayers, boolean headBias, String purpose) {
  private static final Pattern CLASS = Pattern.compile("(\\w+?)(Model|For[A-Z]\\w*)");

  /** Encoders with a pooler that is part of them. */
  private static final List<String> INNER = List.of("bert", "albert");

  /** Of an adapter; null where transformers' class would compute something else. */
  static PlainClassifier of(Transformer transformer, AdapterStore.Description adapter) {
    if (adapter.isLanguageModel()) {
      return null;
    }
    Encoder encoder = Encoder.of(transformer, false);
    boolean seesImages = encoder.imageSize() != null;
    boolean plain =
        !(transformer instanceof Encoder)
            || adapter.pooling() == Pooling.HEAD
            || (seesImages && adapter.pooling() == Pooling.CLS);
    if (!plain) {
      return null;
    }
    List<String> layers =
        INNER.contains(encoder.config().modelType())
            ? List.of()
            : encoder.classifierLayers().stream().map(FrozenLinear::name).toList();
    return new PlainClassifier(
        encoder.config(),
        layers,
        encoder.headBias(),
        seesImages ? "ForImageClassification" : "ForSequenceClassification");
  }

  /** What the file calls a tensor; files of an encoder alone have no name of it before theirs. */
  String name(HuggingFaceModel files, String tensor) {
    String original = files.originalName(tensor);
    String prefix = PeftNames.of(config).classifierPrefix();
    boolean isEncoders = ownLayers.stream().noneMatch(layer -> tensor.startsWith(layer + "."));
    boolean named =
        files.weights().names().stream()
            .anyMatch(name -> files.originalName(name).startsWith(prefix));
    return isEncoders && !named ? prefix + original : original;
  }

  /** Whether a tensor of the files is a head that the trained one replaces. */
  boolean isHead(String name) {
    String head = PeftNames.of(config).head();
    return name.equals(head + ".weight") || name.equals(head + ".bias");
  }

  /** The head. */
  Map<String, SafetensorsWriter.Tensor> tensors(BoundAdapter adapter) {
    String head = PeftNames.of(config).head();
    Map<String, SafetensorsWriter.Tensor> tensors = new LinkedHashMap<>();
    tensors.put(head + ".weight", adapter.tensor(AdaptedModules.HEAD_WEIGHT));
    if (headBias) {
      tensors.put(head + ".bias", adapter.tensor(AdaptedModules.HEAD_BIAS));
    }
    return tensors;
  }

  /** Adds the class, its labels and what they mean. */
  void writeConfig(Path file, AdapterStore.Description adapter) throws IOException {
    ObjectNode json = (ObjectNode) Safetensors.JSON.readTree(SmallFile.text(file));
    JsonNode name = json.at("/architectures/0");
    Matcher matcher = CLASS.matcher(name.asText());
    if (matcher.matches()) {
      String family = config.modelType().equals("gemma3_text") ? "Gemma3Text" : matcher.group(1);
      json.putArray("architectures").add(family + purpose);
    } else {
      json.remove("architectures");
    }
    ObjectNode labels = json.putObject("id2label");
    ObjectNode ids = json.putObject("label2id");
    for (int c = 0; c < adapter.classes().size(); c++) {
      labels.put(String.valueOf(c), adapter.classes().get(c));
      ids.put(adapter.classes().get(c), c);
    }
    json.put("problem_type", adapter.problem().transformers());
    AtomicFile.writeString(
        file, Safetensors.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
  }
}
