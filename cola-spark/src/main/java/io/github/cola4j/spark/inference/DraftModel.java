package io.github.cola4j.spark.inference;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.generate.Generator;
import io.github.cola4j.model.generate.Reward;
import io.github.cola4j.model.generate.RewardGuidedGenerator;
import io.github.cola4j.model.generate.RewardGuidedGenerator.Rule;
import io.github.cola4j.model.generate.SpeculativeGenerator;
import io.github.cola4j.model.generate.SpeculativeGenerator.Draft;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.internal.executor.StoredAdapter;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A smaller language model that proposes tokens to another one, as {@link SpeculativeGenerator}
 * takes them, or with a reward steps, as {@link RewardGuidedGenerator} does.
 *
 * @param location where it is
 * @param adapter the local folder of an adapter that was trained on it; null for none
 * @param tokens proposals of a pass at most
 * @param scorer what scores its steps; null for none
 */
public record DraftModel(String location, Path adapter, int tokens, Scorer scorer) {

  /**
   * A classifier on the draft model, whose probability of a label is the reward of a step.
   *
   * @param adapter its local folder
   * @param threshold the reward with which a step stays
   */
  public record Scorer(Path adapter, String label, double threshold) {
    /** The label unless another one is asked for. */
    public static final String LABEL = "right";

    /** Checks the threshold. */
    public Scorer {
      Rule.requireThreshold(threshold);
    }
  }

  /** Checks the number of proposals. */
  public DraftModel {
    Draft.requireTokens(tokens);
  }

  /** What executors need beside a scorer's parameters. */
  private record ScorerForm(
      AdapterConfig adapter, Pooling pooling, int classes, int label, double threshold)
      implements Serializable {

    Rule rule(BaseModel draft, Pass pass, float[] initial, float[] theta) {
      AdaptedModules modules = new AdaptedModules(draft.linears(), adapter);
      TextClassifier classifier =
          new TextClassifier(draft.encoder(pooling), modules, initial, classes);
      classifier.theta().set(theta);
      pass.startEvaluation();
      classifier.refresh(pass, 0, false);
      return Rule.ofParagraphs(draft.textTokenizer(), Reward.of(classifier, label), threshold);
    }
  }

  /**
   * What writes text with it on this machine.
   *
   * @throws IllegalArgumentException if it is of another tokenizer than the target, or an adapter
   *     is of another kind or model
   */
  public Generator generator(BaseModel target, Pass pass) {
    BaseModel draft = BaseModel.load(location);
    requireSameTokenizer(target, draft);
    Adapters adapters = Adapters.NONE;
    if (adapter != null) {
      TrainedAdapter own = trained(draft);
      adapters =
          LanguageModel.trained(
              pass, draft.decoder(), own.description().adapter(), own.initial(), own.theta());
    }
    Rule rule = null;
    if (scorer != null) {
      TrainedAdapter own = AdapterStore.loadParameters(scorer.adapter, draft);
      rule = form(draft, own.description()).rule(draft, pass, own.initial(), own.theta());
    }
    return generator(target, new Draft(draft.decoder(), adapters, tokens), rule);
  }

  private static Generator generator(BaseModel target, Draft draft, Rule rule) {
    return rule == null
        ? new SpeculativeGenerator(target.decoder(), draft)
        : new RewardGuidedGenerator(target.decoder(), draft, rule);
  }

  /** Sends it to executors. */
  Sent send(JavaSparkContext spark, BaseModel target) {
    BaseModel draft = BaseModelCache.load(location);
    requireSameTokenizer(target, draft);
    List<StoredAdapter> stored = new ArrayList<>();
    try {
      SentAdapter own = null;
      if (adapter != null) {
        stored.add(StoredAdapter.of(spark, trained(draft), draft));
        own = SentAdapter.of(stored.get(0));
      }
      SentAdapter scoring = null;
      ScorerForm form = null;
      if (scorer != null) {
        TrainedAdapter read = AdapterStore.loadParameters(scorer.adapter, draft);
        form = form(draft, read.description());
        stored.add(StoredAdapter.of(spark, read, draft));
        scoring = SentAdapter.of(stored.get(stored.size() - 1));
      }
      return new Sent(ModelReference.of(spark, draft), own, tokens, scoring, form);
    } catch (RuntimeException e) {
      stored.forEach(StoredAdapter::close);
      throw e;
    }
  }

  private static void requireSameTokenizer(BaseModel target, BaseModel draft) {
    draft.decoder();
    target.textTokenizer().requireSame(draft.textTokenizer());
  }

  private TrainedAdapter trained(BaseModel draft) {
    if (!AdapterStore.describe(adapter).isLanguageModel()) {
      throw new IllegalArgumentException(
          "adapter " + adapter + " is a classifier's; a draft model's must be a language model's");
    }
    return AdapterStore.loadParameters(adapter, draft);
  }

  private ScorerForm form(BaseModel draft, AdapterStore.Description of) {
    if (of.isLanguageModel() || of.problem() != ProblemType.SINGLE_LABEL) {
      throw new IllegalArgumentException(
          "adapter " + scorer.adapter + " gives no probability of a label; expected a classifier");
    }
    int label = of.classes().indexOf(scorer.label);
    if (label < 0) {
      throw new IllegalArgumentException(
          "adapter "
              + scorer.adapter
              + " has no label '"
              + scorer.label
              + "'; expected one of "
              + of.classes());
    }
    Pooling pooling = of.pooling() == null ? draft.pooling() : of.pooling();
    return new ScorerForm(of.adapter(), pooling, of.classes().size(), label, scorer.threshold);
  }

  /** An adapter's form and parameters. */
  private record SentAdapter(
      AdapterConfig config, Broadcast<float[]> initial, Broadcast<float[]> theta)
      implements Serializable {
    static SentAdapter of(StoredAdapter stored) {
      return new SentAdapter(stored.job().adapter(), stored.job().initial(), stored.theta());
    }

    void destroy() {
      theta.destroy();
      initial.destroy();
    }
  }

  /** A draft model as executors use it. Close it to free what they hold. */
  public static final class Sent implements Serializable, AutoCloseable {
    private static final long serialVersionUID = 1;

    private final ModelReference model;
    private final SentAdapter adapter; // null for none
    private final int tokens;
    private final SentAdapter scorer; // null for none
    private final ScorerForm form;

    private Sent(
        ModelReference model,
        SentAdapter adapter,
        int tokens,
        SentAdapter scorer,
        ScorerForm form) {
      this.model = model;
      this.adapter = adapter;
      this.tokens = tokens;
      this.scorer = scorer;
      this.form = form;
    }

    /** What writes text with it on an executor. */
    Generator generator(BaseModel target, Pass pass) {
      BaseModel draft = BaseModelCache.get(model);
      Adapters adapters =
          adapter == null
              ? Adapters.NONE
              : LanguageModel.trained(
                  pass,
                  draft.decoder(),
                  adapter.config,
                  adapter.initial.value(),
                  adapter.theta.value());
      Rule rule =
          scorer == null
              ? null
              : form.rule(draft, pass, scorer.initial.value(), scorer.theta.value());
      return DraftModel.generator(target, new Draft(draft.decoder(), adapters, tokens), rule);
    }

    @Override
    public void close() {
      if (adapter != null) {
        adapter.destroy();
      }
      if (scorer != null) {
        scorer.destroy();
      }
    }
  }
}
