package io.github.cola4j.io.peft;

import java.util.Set;

/**
 * How HF PEFT has some methods of ours: one of its {@code peft_type}s, or a part of one. {@link
 * java.util.ServiceLoader} finds it, by its name in {@code
 * META-INF/services/io.github.cola4j.io.peft.PeftMapping}. A method without one is written as a
 * LoRA if its change is of low rank, and cannot be written if it is not.
 */
public interface PeftMapping {

  /** {@code peft_type}. */
  String type();

  /** The methods that are written so. */
  Set<String> methods();

  /** Keys of {@code adapter_config.json} that it reads, beside those of every type. */
  Set<String> keys();

  /**
   * How to read an adapter of this type.
   *
   * @return null if another mapping of the same type is for it
   * @throws IllegalArgumentException naming the option that is not supported, and why
   */
  PeftReading reading(PeftConfig config);

  /**
   * Puts tensors and keys, {@code peft_type} among them.
   *
   * @throws IllegalArgumentException if PEFT has nothing that computes what the adapter does
   */
  void write(PeftOutput output);
}
