/**
 * Adapters as HF PEFT stores them: {@code adapter_config.json} beside {@code
 * adapter_model.safetensors}.
 *
 * <p>{@link io.github.cola4j.io.peft.PeftExport} writes an adapter and {@link
 * io.github.cola4j.io.peft.PeftImport} reads one. A {@link io.github.cola4j.io.peft.PeftMapping}
 * translates one of PEFT's types to methods of ours and back; {@link java.util.ServiceLoader} finds
 * it. {@link io.github.cola4j.io.peft.PeftConfig} reads the configuration: a key that changes what
 * is computed is understood or refused. {@link io.github.cola4j.io.peft.RoundingLoss} measures what
 * is lost when an adapter is stored in a half type. {@code cola4j.json}, beside PEFT's files, has
 * what PEFT has no key for.
 */
package io.github.cola4j.io.peft;
