namespace Hearth.Containers;

/// <summary>Names of containers: checks a given one, and generates one for a container without a name.</summary>
public static class ContainerNames
{
    private const int MostCharacters = 128;

    private static readonly string[] qualities =
    [
        "amber", "ashen", "bright", "brisk", "calm", "candid", "cosy", "crimson", "deft", "eager", "early", "even", "fair", "fleet", "gentle", "glad",
        "golden", "hardy", "hazel", "honest", "keen", "kindled", "lively", "lucid", "merry", "mild", "nimble", "patient", "plain", "quick", "quiet", "ready",
        "rosy", "russet", "sandy", "silver", "sleek", "snug", "steady", "still", "stout", "sunny", "tidy", "trusty", "umber", "vivid", "warm", "wakeful",
    ];

    private static readonly string[] things =
    [
        "anvil", "ash", "bellows", "birch", "blaze", "brazier", "brick", "broom", "candle", "cauldron", "cedar", "chimney", "cinder", "clay", "coal", "copper",
        "ember", "fender", "flame", "flint", "flue", "forge", "glow", "grate", "hob", "ingle", "kettle", "kiln", "kindling", "ladle", "lantern", "log",
        "mantel", "oak", "oven", "pine", "poker", "quern", "resin", "scuttle", "settle", "skillet", "smoke", "spark", "spit", "stove", "tinder", "trivet",
    ];

    /// <summary>As in docker: letters, digits, '_', '.', '-'; and '+', which container engines use in their ids.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MostCharacters && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '+' or '-');

    /// <exception cref="HearthException">The name is invalid.</exception>
    public static void Require(string name)
    {
        if (!IsName(name))
        {
            throw new HearthException(HearthError.InvalidRequest,
                $"invalid container name '{name}': use letters, digits and '_', '.', '+', '-', the first a letter or digit, at most {MostCharacters} characters");
        }
    }

    /// <summary>Generates one of a few thousand names. After some attempts it adds a number, since the name may be taken.</summary>
    /// <param name="attempt">0 for the first attempt.</param>
    public static string Suggest(int attempt)
    {
        string name = $"{qualities[Random.Shared.Next(qualities.Length)]}_{things[Random.Shared.Next(things.Length)]}";
        return attempt < 3 ? name : $"{name}{Random.Shared.Next(10, 100_000)}";
    }
}
