package io.github.cola4j.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageBytes;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.train.Classification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What {@code tools/check_peft.py} and the tests need of CoLA4J: adapters with random numbers, and
 * logits.
 */
public final class PeftTool {
  public static final List<String> CLASSES = List.of("law", "medicine", "finance");

  private PeftTool() {}

  /**
   * {@code make MODEL FOLDER METHOD PAIRING RANK [INIT DISTANCE]}, {@code pooled MODEL FOLDER
   * METHOD POOLING}, {@code logits MODEL FOLDER IDS.json OUT.json} with a list of lists of tokens,
   * {@code pairs} alike with a list of pairs of texts, or {@code images} with one of files.
   */
  public static void main(String[] arguments) throws IOException {
    BaseModel model = BaseModel.load(arguments[1]);
    Path folder = Path.of(arguments[2]);
    if (arguments[0].equals("make")) {
      String pairing = arguments[4];
      Integer rank = Integer.valueOf(arguments[5]);
      String init = arguments.length > 6 ? arguments[6] : null;
      double distance = arguments.length > 7 ? Double.parseDouble(arguments[7]) : 0.1;
      AdapterConfig config =
          AdapterConfig.of(arguments[3]).withRank(rank).withPairing(pairing).withInit(init);
      save(folder, model, random(model, config, 7, distance));
    } else if (arguments[0].equals("pooled")) {
      AdapterConfig config = AdapterConfig.of(arguments[3]).withRank(3);
      Pooling pooling = Pooling.valueOf(arguments[4].toUpperCase(Locale.ROOT));
      save(folder, model, classifier(model, config, pooling, 7));
    } else {
      ObjectMapper mapper = new ObjectMapper();
      List<Sample> samples = new ArrayList<>();
      for (JsonNode row : mapper.readTree(Path.of(arguments[3]).toFile())) {
        samples.add(
            switch (arguments[0]) {
              case "pairs" -> pair(model, row.get(0).asText(), row.get(1).asText());
              case "images" -> image(model, Path.of(row.asText()));
              default -> sample(mapper.convertValue(row, int[].class));
            });
      }
      Transformer transformer = model.transformer();
      TrainedAdapter stored =
          AdapterStore.load(folder, transformer.linears(), transformer.config().hiddenSize());
      mapper.writeValue(Path.of(arguments[4]).toFile(), outputs(transformer, stored, samples));
    }
  }

  private static Sample pair(BaseModel model, String first, String second) {
    return model.tokenizer(64).encode(first, second, Sample.IGNORED).sample();
  }

  private static Sample image(BaseModel model, Path file) throws IOException {
    Example image = Example.of(new ImageBytes(Files.readAllBytes(file)), null, null, 1);
    return new Classification(CLASSES).encode(model, 64, image).sample();
  }

  private static Sample sample(int[] ids) {
    return new Sample(ids, new int[ids.length], Sample.IGNORED);
  }

  /** An adapter some way from its start. */
  public static TrainedAdapter random(BaseModel model, AdapterConfig config, long seed) {
    return random(model, config, seed, 0.1);
  }

  private static TrainedAdapter random(
      BaseModel model, AdapterConfig config, long seed, double distance) {
    return random(model, config, seed, distance, model.transformer() instanceof Encoder);
  }

  /** A classifier, also on a decoder, some way from its start. */
  public static TrainedAdapter classifier(
      BaseModel model, AdapterConfig config, Pooling pooling, long seed) {
    TrainedAdapter random = random(model, config, seed, 0.1, true);
    return random.withDescription(random.description().withPooling(pooling));
  }

  private static TrainedAdapter random(
      BaseModel model, AdapterConfig config, long seed, double distance, boolean classifier) {
    Transformer transformer = model.transformer();
    AdaptedModules modules = new AdaptedModules(transformer.linears(), config);
    float[] initial = modules.initial(seed);
    Encoder encoder = Encoder.of(transformer, false);
    float[] theta =
        classifier
            ? TextClassifier.initialParameters(initial, encoder, CLASSES.size(), seed)
            : initial.clone();
    int fixed = classifier && !encoder.headBias() ? CLASSES.size() : 0;
    Random random = new Random(seed);
    for (int i = 0; i < theta.length - fixed; i++) {
      theta[i] += (float) (distance * random.nextGaussian());
    }
    AdapterStore.Description description =
        new AdapterStore.Description(
            1,
            "topic",
            classifier ? CLASSES : List.of(),
            model.location(),
            model.fingerprint(),
            64,
            config,
            classifier ? null : PromptConfig.defaults());
    return TrainedAdapter.of(description, modules, theta, initial);
  }

  public static void save(Path folder, BaseModel model, TrainedAdapter stored) {
    stored.description().requireModel(folder, model.location(), model.fingerprint());
    AdapterStore.save(folder, stored);
  }

  /** A classifier's logits, or a language model's at the last token, of each sequence. */
  public static float[][] logits(
      Transformer transformer, TrainedAdapter stored, List<int[]> sequences) {
    return outputs(transformer, stored, sequences.stream().map(PeftTool::sample).toList());
  }

  /** The same of samples of any kind. */
  public static float[][] outputs(
      Transformer transformer, TrainedAdapter stored, List<Sample> samples) {
    AdaptedModules modules =
        new AdaptedModules(transformer.linears(), stored.description().adapter());
    try (Pass pass = new Pass(transformer.type())) {
      return !stored.description().isLanguageModel()
          ? new TextClassifier(
                  Encoder.of(transformer, false)
                      .withPooling(
                          Objects.requireNonNullElse(stored.description().pooling(), Pooling.MEAN)),
                  modules,
                  stored.initial(),
                  CLASSES.size())
              .logits(pass, stored.theta(), samples, 512)
          : lastLogits(pass, (Decoder) transformer, modules, stored, samples);
    }
  }

  private static float[][] lastLogits(
      Pass pass,
      Decoder decoder,
      AdaptedModules modules,
      TrainedAdapter stored,
      List<Sample> samples) {
    LanguageModel model = new LanguageModel(decoder, modules, stored.initial(), false);
    model.theta().set(stored.theta());
    pass.startEvaluation();
    model.refresh(pass, 0, false);
    TokenBatch batch = Batcher.tokens(samples, IntStream.range(0, samples.size()).toArray());
    int[] ends = Arrays.stream(batch.starts()).skip(1).map(end -> end - 1).toArray();
    Matrix logits = model.logits(pass, batch, ends);
    float[][] columns = new float[ends.length][];
    for (int j = 0; j < columns.length; j++) {
      columns[j] = logits.columns(j, j + 1).toArray();
    }
    return columns;
  }
}
