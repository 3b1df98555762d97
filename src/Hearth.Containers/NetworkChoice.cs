namespace Hearth.Containers;

/// <summary>What the values of <c>--network</c> mean: a word, <c>netns:PATH</c>, <c>cni:NAME</c>, or networks with podman's
/// options. docker's words for its default network mean Hearth's.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Target">The path or name after the colon.</param>
/// <param name="Networks">The networks, for <see cref="NetworkMode.Nat"/>.</param>
public sealed record NetworkChoice(NetworkMode Mode, string? Target, IReadOnlyList<NetworkPlacement> Networks)
{
    public const string Forms = "auto, nat, none, host-forward, netns:PATH, cni:NAME or networks";

    private static readonly (string Word, NetworkMode Mode)[] words =
        [("auto", NetworkMode.Auto), ("none", NetworkMode.None), ("host-forward", NetworkMode.HostForward)];

    private static readonly (string Prefix, NetworkMode Mode)[] prefixes = [("netns:", NetworkMode.Namespace), ("cni:", NetworkMode.Cni)];

    /// <param name="values">At least one value.</param>
    /// <exception cref="FormatException">A value is invalid, or two do not go together.</exception>
    public static NetworkChoice Parse(IReadOnlyList<string> values)
    {
        NetworkChoice[] choices = [.. values.Select(ParseOne)];
        if (choices.Length == 1)
        {
            return choices[0];
        }

        if (choices.FirstOrDefault(choice => choice.Mode != NetworkMode.Nat) is { } alone)
        {
            throw new FormatException($"must be the only one if it is {values[Array.IndexOf(choices, alone)]}");
        }

        NetworkPlacement[] networks = [.. choices.SelectMany(choice => choice.Networks)];
        return networks.DistinctBy(network => network.Network).Count() < networks.Length
            ? throw new FormatException("must name each network once")
            : new NetworkChoice(NetworkMode.Nat, null, networks);
    }

    /// <summary>The network of a container for which nobody chooses one: the variable's, or auto.</summary>
    /// <exception cref="FormatException">The variable's value is invalid.</exception>
    public static NetworkChoice OfEnvironment(Func<string, string?> environment)
    {
        string? word = environment(ContainerDescription.NetworkVariable);
        if (string.IsNullOrEmpty(word))
        {
            return new NetworkChoice(NetworkMode.Auto, null, []);
        }

        try
        {
            return Parse([word]);
        }
        catch (FormatException failure)
        {
            throw new FormatException($"the variable {ContainerDescription.NetworkVariable} is '{word}': it {failure.Message}", failure);
        }
    }

    private static NetworkChoice ParseOne(string text)
    {
        if (Array.Find(words, word => word.Word == text) is { Word: not null } word)
        {
            return new NetworkChoice(word.Mode, null, []);
        }

        if (Array.Find(prefixes, prefix => text.StartsWith(prefix.Prefix, StringComparison.Ordinal)) is { Prefix: not null } prefix)
        {
            string target = text[prefix.Prefix.Length..];
            return target.Length > 0 ? new NetworkChoice(prefix.Mode, target, []) : throw Invalid();
        }

        if (text is "host")
        {
            throw new FormatException("cannot be host: a container's machine has a kernel of its own; use host-forward");
        }

        if (text.StartsWith("container:", StringComparison.Ordinal))
        {
            throw new FormatException($"cannot be {text}: a container's machine has a kernel of its own, so it shares no other's network; create a network for both ('hearth network create'), and use its name");
        }

        string[] parts = text.Split(':', 2);
        string name = NetworkName.Canonical(parts[0]);
        return NetworkName.IsName(name)
            ? new NetworkChoice(NetworkMode.Nat, null, [ReadOptions(new NetworkPlacement(name), parts.Length > 1 ? parts[1] : "")])
            : throw Invalid();
    }

    private static NetworkPlacement ReadOptions(NetworkPlacement network, string options)
    {
        foreach (string option in options.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = option.Split('=', 2);
            network = (parts[0], parts.Length > 1 ? parts[1] : "") switch
            {
                ("ip", { Length: > 0 } address) => network with { Address = address },
                ("mac", { Length: > 0 } address) => network with { HardwareAddress = address },
                ("alias", { Length: > 0 } name) => network with { Aliases = [.. network.Aliases, name] },
                _ => throw new FormatException($"has the option '{option}': use ip=ADDRESS, mac=ADDRESS or alias=NAME"),
            };
        }

        return network;
    }

    private static FormatException Invalid() => new($"must be {Forms}");
}
