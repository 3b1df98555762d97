using Tomlyn.Serialization;

namespace Hearth.Distribution.Sources.Registry.Settings.Files;

[TomlSerializable(typeof(RegistriesFile))]
internal sealed partial class RegistriesToml : TomlSerializerContext;
