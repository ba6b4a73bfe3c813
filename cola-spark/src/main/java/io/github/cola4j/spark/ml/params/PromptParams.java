package io.github.cola4j.spark.ml.params;

import io.github.cola4j.data.template.PromptConfig;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * How dialogues are written for a language model that learns them.
 *
 * @param <T> the stage
 */
public interface PromptParams<T> extends Params {
  /** Param: column of the right answer. */
  default Param<String> outputCol() {
    return ParamSet.of(this, "outputCol");
  }

  default String getOutputCol() {
    return getOrDefault(outputCol());
  }

  default T setOutputCol(String value) {
    return ParamSet.set(this, outputCol(), value);
  }

  /** Param: column of a text that is learnt as it is. */
  default Param<String> textCol() {
    return ParamSet.of(this, "textCol");
  }

  default String getTextCol() {
    return getOrDefault(textCol());
  }

  default T setTextCol(String value) {
    return ParamSet.set(this, textCol(), value);
  }

  /** Whether texts are learnt as they are, and no dialogues. */
  default boolean learnsTexts() {
    return !getTextCol().isEmpty();
  }

  /** Param: name of the template. */
  default Param<String> template() {
    return ParamSet.of(this, "template");
  }

  default String getTemplate() {
    return getOrDefault(template());
  }

  default T setTemplate(String value) {
    return ParamSet.set(this, template(), value);
  }

  /** Param: whether prompts are learnt too. */
  default BooleanParam trainOnPrompt() {
    return ParamSet.of(this, "trainOnPrompt");
  }

  default boolean getTrainOnPrompt() {
    return (boolean) getOrDefault(trainOnPrompt());
  }

  default T setTrainOnPrompt(boolean value) {
    return ParamSet.set(this, trainOnPrompt(), value);
  }

  /** Param: date that a template writes. */
  default Param<String> templateDate() {
    return ParamSet.of(this, "templateDate");
  }

  default String getTemplateDate() {
    return getOrDefault(templateDate());
  }

  default T setTemplateDate(String value) {
    return ParamSet.set(this, templateDate(), value);
  }

  /** Param: whether the assistant thinks before it answers. */
  default Param<String> thinking() {
    return ParamSet.of(this, "thinking");
  }

  default String getThinking() {
    return getOrDefault(thinking());
  }

  default T setThinking(String value) {
    return ParamSet.set(this, thinking(), value);
  }

  /** Param: whether special tokens in messages control the model. */
  default BooleanParam controlTokens() {
    return ParamSet.of(this, "controlTokens");
  }

  default boolean getControlTokens() {
    return (boolean) getOrDefault(controlTokens());
  }

  default T setControlTokens(boolean value) {
    return ParamSet.set(this, controlTokens(), value);
  }

  /** How dialogues are written. */
  default PromptConfig promptConfig() {
    return new PromptConfig(
        getTemplate(),
        getTrainOnPrompt(),
        getTemplateDate(),
        getThinking().equals("template") ? null : (Boolean) getThinking().equals("on"),
        getControlTokens());
  }
}
