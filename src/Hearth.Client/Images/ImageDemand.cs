using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Images.Pulling;

namespace Hearth.Client.Images;

/// <summary>The image that a container is to have.</summary>
/// <param name="Text">Its name, or its id.</param>
/// <param name="Policy">When to fetch it.</param>
/// <param name="Platform">Null for the host's.</param>
/// <param name="Lazy">Whether layers may be there in parts; <see cref="LazyMode.Never"/> fetches what is missing.</param>
/// <param name="Fetch">How the run fetches what the store has only in parts.</param>
public sealed record ImageDemand(string Text, PullPolicy Policy, Platform? Platform, LazyMode Lazy, ImageFetchOptions Fetch);
