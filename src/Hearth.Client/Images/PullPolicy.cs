namespace Hearth.Client.Images;

/// <summary>When an image is fetched before a container is created; docker's words.</summary>
public enum PullPolicy
{
    /// <summary>If the store does not have it.</summary>
    Missing,
    Always,
    Never,
}
